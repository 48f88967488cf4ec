import type { SallyportClient } from '@sallyport/client/client'
import type { Session } from '@sallyport/contract/session'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT, usageError } from '../exit-code.ts'
import { printMessage } from '../output/print.ts'
import { byteSize } from '../output/relative-time.ts'
import { DEFAULT_DETACH_KEYS, type DetachKeys, DetachScanner, parseDetachKeys } from '../terminal/detach-keys.ts'
import { QueryFilter } from '../terminal/query-filter.ts'
import { enterRawMode } from '../terminal/raw-terminal.ts'
import { terminalSize } from './create-session.ts'
import { stateText } from './list.ts'
import { openTerminalStream } from './terminal-stream.ts'

export interface AttachOptions {
  readonly readOnly?: boolean
  readonly detachKeys?: string
}

type Ending = 'detached' | 'ended'

/** A line of ours between the session's own output. */
const notice = (text: string): string => `\r\n\x1b[0;7m[${text}]\x1b[0m\r\n`

const watchSession = (
  cli: Cli,
  client: SallyportClient,
  setup: {
    readonly session: Session
    readonly keys: DetachKeys
    readonly filter: QueryFilter
    readonly readOnly: boolean
  },
): Promise<Ending> =>
  new Promise((resolve, reject) => {
    const { session, filter } = setup
    const scanner = new DetachScanner(setup.keys)
    const say = (text: string): void => {
      cli.stdout.write(notice(text))
    }
    let shownSize = ''
    /** Typed between our banner and the daemon's first word. What is typed after a loss is ignored, as the notice says. */
    let early: Buffer[] | undefined = []
    const stream = openTerminalStream(cli, client, {
      filter,
      request: {
        session: session.id,
        from: { kind: 'tail' },
        mode: 'attach',
        readOnly: setup.readOnly,
        ...(setup.readOnly ? {} : { size: terminalSize(cli.stdout) }),
      },
      handlers: {
        opened: (_event, resumed) => {
          if (resumed) say('connected again')
          for (const data of early ?? []) stream.type(data)
          early = undefined
        },
        interrupted: () => say('connection to the daemon lost; waiting for it, keys are ignored'),
        gap: ({ from, to, reason }) => say(`${byteSize(to - from)} are not in the log: ${reason}`),
        skipped: ({ from, to }) => {
          filter.modes.reset()
          cli.stdout.write(`\x1bc${notice(`skipped ${byteSize(to - from)}, kept in the log`)}`)
        },
        size: ({ cols, rows }, owned) => {
          const size = `${cols}×${rows}`
          const mine = terminalSize(cli.stdout)
          const fits = mine !== undefined && mine.cols === cols && mine.rows === rows
          // Said once per size: another terminal owns it, and what it draws may not fit here.
          if (!owned && !fits && size !== shownSize) {
            say(`the session is drawn for ${size}${setup.readOnly ? '' : '; type to make it this terminal’s size'}`)
          }
          shownSize = size
        },
        end: () => finish(() => resolve('ended')),
        failed: (error) => finish(() => reject(error)),
      },
    })
    const typed = (data: Buffer): void => {
      const { forward, detached } = scanner.push(data)
      if (forward.length > 0 && !setup.readOnly) {
        if (early === undefined) stream.type(forward)
        else early.push(forward)
      }
      if (detached) finish(() => resolve('detached'))
    }
    const hungUp = (): void => finish(() => resolve('detached'))
    const finish = (then: () => void): void => {
      cli.stdin.off('data', typed)
      cli.stdin.off('end', hungUp)
      cli.stdin.pause()
      stream.stop()
      then()
    }
    cli.stdin.on('data', typed)
    cli.stdin.on('end', hungUp)
  })

/** Watches a session and types into it until it ends or the detach keys are typed. The terminal is as before afterwards, whatever happens. */
export const attach = async (cli: Cli, ref: string, options: AttachOptions): Promise<number> => {
  if (!cli.stdin.isTTY || !cli.stdout.isTTY) {
    throw usageError('attach needs a terminal', `without one: sallyport logs -f ${ref}`)
  }
  const keys = parseDetachKeys(options.detachKeys ?? cli.environment.detachKeys ?? DEFAULT_DETACH_KEYS)
  return withDaemon(
    cli,
    async (client) => {
      const { session } = await client.session.get.query({ session: ref })
      await printMessage(cli, `attached to ${session.name}; detach with ${keys.label}`)
      const filter = new QueryFilter()
      const terminal = enterRawMode(cli, () => filter.modes.undo())
      let ending: Ending
      try {
        ending = await watchSession(cli, client, { session, keys, filter, readOnly: options.readOnly === true })
      } finally {
        terminal.restore()
      }
      if (ending === 'detached') {
        await printMessage(cli, `\ndetached from ${session.name}`)
        return EXIT.ok
      }
      const { session: last } = await client.session.get.query({ session: session.id })
      await printMessage(cli, `\n${last.name}: ${stateText(last)}`)
      return EXIT.ok
    },
    { watch: true },
  )
}
