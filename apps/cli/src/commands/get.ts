import type { Session } from '@sallyport/contract/session'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine } from '../output/print.ts'
import { byteSize } from '../output/relative-time.ts'
import { sanitise } from '../output/sanitise.ts'
import { stateText } from './list.ts'

const isAgent = ({ provider }: Session): boolean => provider !== 'shell' && provider !== 'command'

export const get = (cli: Cli, ref: string, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { session } = await client.session.get.query({ session: ref })
    if (options.json === true) {
      await printJson(cli, { session })
      return EXIT.ok
    }
    const lines = {
      id: session.id,
      name: session.name,
      state: stateText(session),
      ...(session.envSets.length === 0 ? {} : { 'env sets': session.envSets.join(', ') }),
      ...(isAgent(session) ? { provider: `${session.provider}, billed to the ${session.billing}` } : {}),
      command: session.provider === 'shell' ? 'shell' : session.command.join(' '),
      directory: session.cwd,
      started: session.createdAt,
      ended: session.endedAt ?? '-',
      size: `${session.cols}×${session.rows}`,
      viewers: String(session.viewers),
      log: byteSize(session.logBytes),
      ...(session.recordingPaused === null ? {} : { 'not recording': session.recordingPaused }),
    }
    for (const [name, value] of Object.entries(lines)) await printLine(cli, `${name.padEnd(14)}${sanitise(value)}`)
    return EXIT.ok
  })
