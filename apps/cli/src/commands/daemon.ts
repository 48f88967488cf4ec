import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createSocketClient } from '@sallyport/client/socket'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { processGone } from '../process-gone.ts'
import { type DaemonFlags, daemonArguments } from './daemon-arguments.ts'
import { type SignInState, waysIn } from './ways-in.ts'

export interface DaemonOptions extends DaemonFlags {
  readonly detach?: boolean
}

/** Longer than the ten seconds that `stop --all` gives to sessions. */
const stopTimeoutMs = 20_000

const bundledDaemon = (cli: Cli): string => {
  const main = fileURLToPath(cli.daemonMain)
  if (existsSync(main)) return main
  throw new CliError(
    EXIT.error,
    'unavailable',
    `the daemon is not built: ${main} is missing`,
    'in the checkout: npm start',
  )
}

type Readiness =
  | (SignInState & {
      readonly ok: true
      readonly pid: number
      readonly url: string | null
      readonly dataDir: string
    })
  | { readonly ok: false; readonly error: string }

const startDetached = async (cli: Cli, flags: DaemonFlags): Promise<number> => {
  const child = spawn(
    process.execPath,
    // As in bin/sallyport.js, which this one does not pass through.
    ['--semi-space-growth-factor=1', bundledDaemon(cli), ...daemonArguments(flags), '--detached', '--ready-fd', '3'],
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  )
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
  // Ends with the line, or with the daemon when it dies before it could say anything.
  const line = await Promise.race([text(child.stdio[3] as Readable), failed])
  child.unref()
  const ready: Readiness =
    line === ''
      ? { ok: false, error: 'the daemon ended before it was ready; see daemon.log in the data dir' }
      : JSON.parse(line)
  if (!ready.ok) throw new CliError(EXIT.error, 'cannot_start', ready.error)
  await printMessage(cli, `Sallyport runs in the background (pid ${ready.pid}), data in ${ready.dataDir}`)
  if (ready.url === null) await printMessage(cli, 'socket only, no web address')
  else {
    await printLine(cli, ready.url)
    await printMessage(cli, `${ready.mode === 'off' ? '' : `sign in: ${ready.url}, `}${waysIn(ready)}`)
  }
  await printMessage(cli, 'stop it with: sallyport daemon stop')
  return EXIT.ok
}

/** In the foreground this process becomes the daemon: signals, terminal and exit code are its own. */
const becomeDaemon = async (cli: Cli, flags: DaemonFlags): Promise<number | undefined> => {
  const main = bundledDaemon(cli)
  process.argv = [process.execPath, main, ...daemonArguments(flags)]
  await import(cli.daemonMain.href)
  // Its own exit code stands.
  return undefined
}

export const daemon = (cli: Cli, options: DaemonOptions): Promise<number | undefined> => {
  const flags = { ...options, dataDir: options.dataDir ?? cli.environment.dataDir }
  return options.detach === true ? startDetached(cli, flags) : becomeDaemon(cli, flags)
}

/** Returns when the daemon is gone, its lock included, so that a script may start another. */
export const daemonStop = async (cli: Cli, options: { readonly all?: boolean }): Promise<number> => {
  const { client, connection } = createSocketClient({ socketPath: cli.target.socketPath, reconnect: 'never' })
  try {
    const { pid } = await client.admin.status.query()
    const gone = new Promise<void>((resolve) => {
      connection.onState(({ kind }) => {
        if (kind === 'closed') resolve()
      })
    })
    const late = new Promise<never>((_resolve, reject) => {
      const error = new CliError(
        EXIT.error,
        'unavailable',
        `the daemon (pid ${pid}) did not stop within ${stopTimeoutMs / 1000} s`,
      )
      setTimeout(() => reject(error), stopTimeoutMs).unref()
    })
    await client.admin.stop.mutate({ all: options.all === true })
    // Its sockets close before it has written what waits and let go of the data dir.
    await Promise.race([gone.then(() => processGone(pid)), late])
    await printMessage(cli, options.all === true ? 'stopped, with all sessions' : 'stopped; sessions keep running')
    return EXIT.ok
  } finally {
    connection.close()
  }
}

export const daemonStatus = (cli: Cli, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const status = await client.admin.status.query()
    if (options.json === true) {
      await printJson(cli, status)
      return EXIT.ok
    }
    await printLine(cli, `running since ${status.startedAt}, pid ${status.pid}, version ${sanitise(status.version)}`)
    await printLine(cli, `keeper   ${status.keeperPid === null ? 'not running' : `pid ${status.keeperPid}`}`)
    await printLine(cli, `address  ${status.url ?? 'socket only'}`)
    await printLine(cli, `data     ${sanitise(status.dataDir)}`)
    await printLine(cli, `sessions ${status.sessions.live} live, ${status.sessions.ended} ended`)
    for (const problem of status.problems) await printLine(cli, `problem  ${sanitise(problem)}`)
    if (status.url === null) return EXIT.ok
    // Last: it is of no use that this cannot be told when a problem says why.
    const signIn = await client.auth.signInOptions.query()
    await printLine(cli, `sign in  ${waysIn(signIn)}`)
    return EXIT.ok
  })
