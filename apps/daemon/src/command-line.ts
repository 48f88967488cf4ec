import { parseArgs } from 'node:util'
import type { Flags } from './config/load.ts'

export interface CommandLine {
  /** `run`: be the daemon. The others print and exit; they need no running daemon and touch nothing. */
  readonly mode: 'run' | 'validate-config' | 'show-config' | 'version' | 'help'
  readonly flags: Flags
  /** Started in the background: nothing goes to stdout, the log to `<data dir>/daemon.log`. */
  readonly detached: boolean
  /** An open descriptor that gets one JSON line when the daemon listens, or when it cannot start. */
  readonly readyFd: number | null
}

/** The message is a sentence for people; exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `usage: daemon [options]
  --data-dir <dir>     where everything is kept (default ~/.sallyport)
  --config <file>      configuration (default config.yaml in the data dir)
  --host <address>     localhost (default), an address of this machine, or 0.0.0.0 or :: for all of them
  --port <n>           default 8447; 0: any free port
  --no-http            serve the Unix socket only
  --detached           log to daemon.log in the data dir, print nothing
  --ready-fd <n>       write one JSON line there when listening: {"ok":true,"pid","url","dataDir","mode","isFirstRun"} or {"ok":false,"error"}
  --validate-config    check the configuration and exit: 0 good, 1 not
  --show-config        print the configuration with its sources as JSON and exit
  --version, --help
`

const options = {
  'data-dir': { type: 'string' },
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'no-http': { type: 'boolean' },
  detached: { type: 'boolean' },
  'ready-fd': { type: 'string' },
  'validate-config': { type: 'boolean' },
  'show-config': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const readyFdOf = (text: string | undefined): number | null => {
  if (text === undefined) return null
  // 0 to 2 have another meaning, and a child is handed few descriptors.
  if (!/^\d{1,3}$/.test(text) || Number(text) < 3)
    throw new UsageError('--ready-fd must be the number of an open descriptor, 3 or more')
  return Number(text)
}

/** @throws UsageError */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  const values = parse(argv)
  const mode =
    (['help', 'version', 'validate-config', 'show-config'] as const).find((name) => values[name] === true) ?? 'run'
  return {
    mode,
    detached: values.detached === true,
    readyFd: readyFdOf(values['ready-fd']),
    flags: {
      dataDir: values['data-dir'],
      configFile: values.config,
      values: {
        ...(values.host === undefined ? {} : { 'http.host': { raw: values.host, flag: '--host' } }),
        ...(values.port === undefined ? {} : { 'http.port': { raw: values.port, flag: '--port' } }),
        ...(values['no-http'] === true ? { 'http.enabled': { raw: false, flag: '--no-http' } } : {}),
      },
    },
  }
}
