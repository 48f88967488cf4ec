import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine } from '../output/print.ts'
import { formatTable } from '../output/table.ts'
import { countArgument, timeArgument } from '../time-argument.ts'

export interface AuditOptions {
  readonly limit?: string
  readonly session?: string
  readonly since?: string
  readonly actor?: string
  readonly event?: string
  readonly json?: boolean
}

/** Newest first. What a row says came from outside, so every cell is sanitised: no control character ever makes a second line (SPEC L4). */
export const audit = (cli: Cli, options: AuditOptions): Promise<number> => {
  const request = {
    ...(options.limit === undefined ? {} : { limit: countArgument('--limit', options.limit, { min: 1, max: 10_000 }) }),
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(options.since === undefined ? {} : { since: timeArgument('--since', options.since, Date.now()) }),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
    ...(options.event === undefined ? {} : { event: options.event }),
  }
  return withDaemon(cli, async (client) => {
    const { rows } = await client.admin.audit.query(request)
    if (options.json === true) for (const row of rows) await printJson(cli, row)
    else {
      const table = formatTable(
        rows,
        [
          { title: 'SEQ', value: ({ seq }) => String(seq) },
          { title: 'AT', value: ({ at }) => at },
          { title: 'ACTOR', value: ({ actor }) => actor },
          { title: 'EVENT', value: ({ event, count }) => (count > 1 ? `${event} ×${count}` : event) },
          {
            title: 'OUTCOME',
            value: ({ outcome }) => outcome,
            colour: ({ outcome }) => (outcome === 'ok' ? undefined : '31'),
          },
          { title: 'SESSION', value: ({ session }) => session ?? '-' },
          { title: 'TARGET', value: ({ target }) => target ?? '-' },
          { title: 'REASON', value: ({ reason }) => reason ?? '' },
        ],
        { colours: cli.stdout.isTTY === true && !cli.environment.noColor, width: undefined },
      )
      await printLine(cli, table.join('\n'))
    }
    return EXIT.ok
  })
}
