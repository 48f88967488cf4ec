import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'

export const KEEPER_SOCKET = 'keeper.sock'
const KEEPER_LOG = 'keeper.log'
const LOG_MAX_BYTES = 1024 * 1024
const START_TIMEOUT_MS = 15_000
/**
 * A flood makes one 64 KiB block after the other, and V8 frees them when its young generation is full. If that may grow to its usual 16 MiB it is seldom
 * full: 24 MB more resident memory after a flood. On the command line, because by the time that our first line runs it has grown already: 1.5 MiB for as
 * long as the keeper lives (V5, measured).
 */
const NODE_ARGUMENTS = ['--semi-space-growth-factor=1']

export interface KeeperProgram {
  readonly dataDir: string
  /** The keeper's one file. */
  readonly file: string
  readonly environment: Readonly<Record<string, string>>
}

/** The keeper did not come up. The message ends with its own last words. */
export class KeeperStartError extends Error {
  override readonly name = 'KeeperStartError'
}

const lastWords = (logFile: string): string => {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  } catch (error) {
    // The data dir is gone: that is what there is to say.
    return (error as Error).message
  }
}

/** The keeper appends to it for as long as it lives, so it is only turned over between keepers. */
const openLog = (path: string): number => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats !== undefined && stats.size > LOG_MAX_BYTES) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

/**
 * Starts a keeper that outlives us: its own session, no descriptor of ours, an allow-listed environment (W5). Resolves when its socket has been renamed
 * into place, which is seen through a watch on the directory: the keeper needs no pipe to us that would break when we die.
 * @throws KeeperStartError
 */
export const startKeeperProcess = ({ dataDir, file, environment }: KeeperProgram): Promise<void> =>
  new Promise((resolve, reject) => {
    const logFile = join(dataDir, KEEPER_LOG)
    const log = openLog(logFile)
    // Before the spawn: a keeper that is up before we look would never be seen.
    const directory = watch(dataDir, (_event, name) => {
      if (name === KEEPER_SOCKET) settle(resolve)
    })
    const keeper = spawn(process.execPath, [...NODE_ARGUMENTS, file, '--data-dir', dataDir], {
      cwd: '/',
      detached: true,
      env: environment,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    keeper.unref()

    const fail = (why: string): void =>
      settle(() =>
        reject(new KeeperStartError(`the keeper ${why}; its last words in ${logFile}: ${lastWords(logFile)}`)),
      )
    const timer = setTimeout(
      () => fail(`did not open its socket within ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    )
    let isSettled = false
    const settle = (end: () => void): void => {
      // A keeper that ends years later was started well all the same.
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      directory.close()
      end()
    }
    directory.once('error', (error) => fail(`cannot be watched (${error.message})`))
    keeper.once('error', (error) => fail(`could not be started (${error.message})`))
    keeper.once('exit', (code, signal) => fail(`ended with ${signal ?? `code ${code}`} before it was ready`))
  })
