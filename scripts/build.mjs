import { cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run } from './run.mjs'

/**
 * Everything that a user runs lands in apps/cli/dist, the published package:
 *
 *     cli/main.js       loads one chunk per verb
 *     daemon/main.js    lazy chunks: pages and healthz answer before the database is loaded
 *     keeper/keeper.js  one file, loaded whole at start: an upgrade may replace the files under a running keeper
 *     web/              the dashboard
 *     prisma/           migrations
 */
const dist = join(root, 'apps/cli/dist')
/** Made beside it and swapped in whole, so that a build that fails, or two at once, never leave half of one behind. */
const stage = `${dist}.${process.pid}`

/** Packages with native code stay outside the bundles; they are the published package's only dependencies. */
const external = [
  'argon2',
  'koffi',
  /^@koromix\//,
  /^@lydell\//,
  'libsql',
  /^@libsql\/(linux|darwin|win32)/,
  ...builtinModules,
  /^node:/,
]

const version = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8')).version

/** A program of the workspace that is not published, as one file. It finds native packages from where it lies, below node_modules. */
export const bundleTool = (input, directory, name) => bundle({ input, directory, name, oneFile: true })

const bundle = async ({ input, directory, name, oneFile = false }) => {
  // Not at the top: a clean clone runs this file before anything is installed.
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: join(root, input),
    cwd: root,
    platform: 'node',
    external,
    treeshake: true,
    // The driver's other half talks to remote databases over HTTP: 700 KB that nobody here needs.
    resolve: { alias: { '@libsql/client': '@libsql/client/sqlite3' } },
    transform: { target: 'node20.19', define: { __SALLYPORT_VERSION__: JSON.stringify(version) } },
    logLevel: 'warn',
  })
  await build.write({
    dir: resolve(stage, directory),
    format: 'esm',
    entryFileNames: name,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: !oneFile,
    sourcemap: false,
    // Bundled CommonJS packages call require for Node's own modules.
    banner:
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  })
  await build.close()
}

export const build = async () => {
  process.once('exit', () => rmSync(stage, { recursive: true, force: true }))
  mkdirSync(stage, { recursive: true })
  await Promise.all([
    bundle({ input: 'apps/cli/src/main.ts', directory: 'cli', name: 'main.js' }),
    bundle({ input: 'apps/daemon/src/main.ts', directory: 'daemon', name: 'main.js' }),
    bundle({ input: 'apps/keeper/src/main.ts', directory: 'keeper', name: 'keeper.js', oneFile: true }),
  ])
  cpSync(join(root, 'prisma/migrations'), join(stage, 'prisma/migrations'), { recursive: true })
  const web = join(root, 'apps/web')
  const vite = join(web, 'node_modules/.bin/vite')
  run(
    'build of the dashboard',
    vite,
    ['build', '--logLevel', 'warn', '--outDir', join(stage, 'web'), '--emptyOutDir'],
    {
      cwd: web,
    },
  )
  rmSync(dist, { recursive: true, force: true })
  renameSync(stage, dist)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { setup } = await import('./setup.mjs')
  setup()
  await build()
}
