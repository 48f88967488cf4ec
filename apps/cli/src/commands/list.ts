import type { Session } from '@sallyport/contract/session'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { byteSize, relativeTime } from '../output/relative-time.ts'
import { sanitise } from '../output/sanitise.ts'
import { type Column, formatTable } from '../output/table.ts'

export interface ListOptions {
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `exited 3`, `killed SIGTERM`, `running`. */
export const stateText = ({ state, exitCode, signal }: Pick<Session, 'state' | 'exitCode' | 'signal'>): string => {
  const detail = signal ?? exitCode
  return detail === null ? state : `${state} ${detail}`
}

const stateColour = ({ state, exitCode }: Session): string | undefined => {
  if (state === 'running' || state === 'starting') return '32'
  if (state === 'lost' || (state === 'exited' && exitCode !== 0)) return '31'
  return '2'
}

const columns = (now: number): Column<Session>[] => [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATE', value: stateText, colour: stateColour },
  { title: 'STARTED', value: ({ createdAt }) => relativeTime(createdAt, now) },
  { title: 'VIEWERS', value: ({ viewers }) => String(viewers) },
  { title: 'LOG', value: ({ logBytes }) => byteSize(logBytes) },
  { title: 'COMMAND', value: ({ command, provider }) => (provider === 'shell' ? 'shell' : command.join(' ')) },
]

export const list = (cli: Cli, options: ListOptions): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { sessions } = await client.session.list.query()
    if (options.json === true) await printJson(cli, { sessions })
    else if (options.quiet === true) for (const { name } of sessions) await printLine(cli, sanitise(name))
    else if (sessions.length === 0) await printMessage(cli, 'no sessions; start one with: sallyport start -- <command>')
    else {
      const isTerminal = cli.stdout.isTTY === true
      const format = {
        colours: isTerminal && !cli.environment.noColor,
        width: isTerminal ? cli.stdout.columns : undefined,
      }
      await printLine(cli, formatTable(sessions, columns(Date.now()), format).join('\n'))
    }
    return EXIT.ok
  })
