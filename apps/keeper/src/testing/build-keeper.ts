import { mkdtemp, rm } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const appDirectory = fileURLToPath(new URL('../..', import.meta.url))

export interface BuiltKeeper {
  readonly keeperPath: string
  readonly fakeDaemonPath: string
  remove(): Promise<void>
}

const bundle = async (input: string, file: string): Promise<void> => {
  const build = await rolldown({
    input: join(appDirectory, input),
    cwd: appDirectory,
    platform: 'node',
    external: ['koffi', /^@lydell\//, ...builtinModules, /^node:/],
    transform: { define: { __SALLYPORT_VERSION__: '"0.0.0-test"' } },
    logLevel: 'silent',
  })
  await build.write({
    file,
    format: 'esm',
    codeSplitting: false,
    banner: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
  })
  await build.close()
}

/** Bundles like the release does, because a child process of a test cannot run TypeScript. Where the two native packages resolve. */
export const buildKeeper = async (): Promise<BuiltKeeper> => {
  const directory = await mkdtemp(join(appDirectory, 'node_modules', '.keeper-test-'))
  const keeperPath = join(directory, 'keeper.mjs')
  const fakeDaemonPath = join(directory, 'fake-daemon.mjs')
  await Promise.all([bundle('src/main.ts', keeperPath), bundle('src/testing/fake-daemon.ts', fakeDaemonPath)])
  return { keeperPath, fakeDaemonPath, remove: () => rm(directory, { recursive: true, force: true }) }
}
