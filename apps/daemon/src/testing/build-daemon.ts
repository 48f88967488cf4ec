import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { makeWebDirectory } from './listening.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

const bundle = async (input: string, directory: string, name: string): Promise<void> => {
  const build = await rolldown({
    input: join(root, input),
    cwd: root,
    platform: 'node',
    external: [
      'koffi',
      'libsql',
      'argon2',
      /^@libsql\/(linux|darwin|win32)/,
      /^@lydell\//,
      /^@koromix\//,
      ...builtinModules,
      /^node:/,
    ],
    transform: { target: 'node20.19', define: { __SALLYPORT_VERSION__: '"0.0.0-test"' } },
    logLevel: 'silent',
  })
  await build.write({
    dir: directory,
    format: 'esm',
    entryFileNames: name,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: name === 'main.js',
    banner:
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  })
  await build.close()
}

export interface BuiltKeeper {
  readonly keeper: string
  remove(): void
}
export interface BuiltDaemon extends BuiltKeeper {
  readonly main: string
}

/** A directory in the layout of the release. The native packages are dependencies of the published package only. */
const makeDirectory = (): string => {
  const directory = mkdtempSync(join(root, 'apps/daemon/node_modules/.daemon-test-'))
  mkdirSync(join(directory, 'node_modules/@lydell'), { recursive: true })
  for (const name of ['koffi', 'libsql', 'argon2', '@lydell/node-pty']) {
    symlinkSync(realpathSync(join(root, 'apps/cli/node_modules', name)), join(directory, 'node_modules', name))
  }
  return directory
}

export const buildKeeper = async (directory = makeDirectory()): Promise<BuiltKeeper> => {
  await bundle('apps/keeper/src/main.ts', join(directory, 'keeper'), 'keeper.js')
  return {
    keeper: join(directory, 'keeper/keeper.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Daemon and keeper as the release bundles them: a child process of a test cannot run TypeScript. */
export const buildDaemon = async (): Promise<BuiltDaemon> => {
  const directory = makeDirectory()
  cpSync(join(root, 'prisma/migrations'), join(directory, 'prisma/migrations'), { recursive: true })
  const web = makeWebDirectory()
  cpSync(web, join(directory, 'web'), { recursive: true })
  rmSync(web, { recursive: true })
  const [keeper] = await Promise.all([
    buildKeeper(directory),
    bundle('apps/daemon/src/main.ts', join(directory, 'daemon'), 'main.js'),
  ])
  return { ...keeper, main: join(directory, 'daemon/main.js') }
}
