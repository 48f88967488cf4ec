import { closeSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { assertSupportedPlatform } from '@sallyport/unix-socket/platform'
import { ensurePrivateDirectory } from '@sallyport/unix-socket/private-directory'
import { forbidCoreAndPtrace, refuseDebugger } from '@sallyport/unix-socket/process-hardening'
import { bundledAssets } from './assets.ts'
import { type CommandLine, parseCommandLine, UsageError, usage } from './command-line.ts'
import { type Environment, processVariables, readEnvironment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import { type Daemon, startDaemon } from './daemon.ts'
import { greeting } from './greeting.ts'
import { createLog, openLogFile, stderrSink } from './log.ts'
import { VERSION } from './version.ts'

/** Sessions keep running; what cannot be said goodbye to in this time is cut off. `stop --all` takes as long as sessions may (S4). */
const STOP_DEADLINE_MS = 5_000
const LOG_FILE_MAX_BYTES = 5 * 1024 * 1024
/** What the database may take to say whether this is a first run. */
const FIRST_RUN_WAIT_MS = 3_000
const EXIT_ERROR = 1
const EXIT_USAGE = 2

const print = (text: string): void => void writeSync(1, text)

/** One JSON line for whoever started us in the background, who reads until the end of the pipe. */
const announce = (readyFd: number | null, message: object): void => {
  if (readyFd === null) return
  try {
    writeSync(readyFd, `${JSON.stringify(message)}\n`)
    closeSync(readyFd)
  } catch (error) {
    // The starter did not wait. The daemon runs all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}

const validateConfig = async ({ flags }: CommandLine, environment: Environment): Promise<void> => {
  const config = await loadConfig(flags, environment)
  for (const warning of config.warnings) stderrSink.write(`warning: ${warning}\n`)
  print(`${config.file}: ok\n`)
}

const showConfig = async ({ flags }: CommandLine, environment: Environment): Promise<void> => {
  const config = await loadConfig(flags, environment)
  print(`${JSON.stringify({ schemaVersion: 1, file: config.file, entries: config.entries }, null, 2)}\n`)
}

/**
 * The setup password while nobody has signed in yet. A database that cannot be asked must not hold up whoever waits for the start: the daemon's log says what is wrong
 * with it, and `sallyport password` answers later.
 */
const setupPasswordOf = (daemon: Daemon): Promise<string | null> => {
  if (daemon.mode !== 'accounts' || daemon.url === null) return Promise.resolve(null)
  const late = new Promise<null>((resolve) => void setTimeout(() => resolve(null), FIRST_RUN_WAIT_MS).unref())
  return Promise.race([daemon.firstRunPassword().catch(() => null), late])
}

const stopOnSignals = (daemon: Daemon, fail: (error: unknown) => void): void => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      setTimeout(() => process.exit(EXIT_ERROR), STOP_DEADLINE_MS).unref()
      daemon.stop(signal).catch(fail)
    })
  }
  // A closed terminal is no reason to stop a daemon that others use.
  process.on('SIGHUP', () => undefined)
}

const run = async (commandLine: CommandLine, environment: Environment): Promise<void> => {
  const umask = process.umask(0o077)
  assertSupportedPlatform({
    platform: process.platform,
    allowUntested: environment[processVariables.untestedPlatform] === '1',
  })
  forbidCoreAndPtrace()
  const config = await loadConfig(commandLine.flags, environment)
  if (commandLine.detached) await ensurePrivateDirectory(config.dataDir)
  const sink = commandLine.detached ? openLogFile(join(config.dataDir, 'daemon.log'), LOG_FILE_MAX_BYTES) : stderrSink
  const clock = { now: () => Date.now() }
  const log = createLog(sink, clock.now)
  const fail = (error: unknown): void => {
    log.error('the daemon ends because of an error that nobody expected', { error })
    process.exit(EXIT_ERROR)
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  for (const warning of config.warnings) log.warn(warning)

  const daemon = await startDaemon({ config, environment, assets: bundledAssets(import.meta.url), umask, log, clock })
  stopOnSignals(daemon, fail)
  const { url, mode } = daemon
  const { dataDir, values } = config
  const setupPassword = await setupPasswordOf(daemon)
  announce(commandLine.readyFd, { ok: true, pid: process.pid, url, dataDir, mode, isFirstRun: setupPassword !== null })
  if (!commandLine.detached) {
    const host = values['http.host']
    print(greeting({ version: VERSION, url, dataDir, mode, host, isTerminal: isatty(1), setupPassword }))
  }
  await daemon.stopped
  process.exit(0)
}

/** What stops a start is a sentence for the user; what the language itself throws is a mistake of ours, and its stack is what we want to see. */
const isBug = (error: unknown): boolean =>
  !(error instanceof Error) ||
  [TypeError, ReferenceError, RangeError, SyntaxError].some((kind) => error.constructor === kind)

const main = async (): Promise<void> => {
  refuseDebugger()
  let readyFd: number | null = null
  try {
    const commandLine = parseCommandLine(process.argv.slice(2))
    readyFd = commandLine.readyFd
    const environment = readEnvironment()
    if (commandLine.mode === 'help') print(usage)
    else if (commandLine.mode === 'version') print(`${VERSION}\n`)
    else if (commandLine.mode === 'validate-config') await validateConfig(commandLine, environment)
    else if (commandLine.mode === 'show-config') await showConfig(commandLine, environment)
    else await run(commandLine, environment)
  } catch (error) {
    const { message, stack } = error as Error
    stderrSink.write(`${isBug(error) ? stack : message}\n`)
    announce(readyFd, { ok: false, error: message })
    process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_ERROR
  }
}

await main()
