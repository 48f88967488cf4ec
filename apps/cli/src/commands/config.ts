import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine } from '../output/print.ts'
import { formatTable } from '../output/table.ts'
import { type DaemonFlags, daemonArguments } from './daemon-arguments.ts'

export const configShow = (cli: Cli, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { entries } = await client.admin.config.query()
    if (options.json === true) await printJson(cli, { entries })
    else {
      const table = formatTable(
        entries,
        [
          { title: 'KEY', value: ({ key }) => key },
          { title: 'VALUE', value: ({ value }) => (Array.isArray(value) ? value.join(', ') : String(value ?? '-')) },
          { title: 'FROM', value: ({ source, origin }) => origin ?? source },
        ],
        { colours: cli.stdout.isTTY === true && !cli.environment.noColor, width: undefined },
      )
      await printLine(cli, table.join('\n'))
    }
    return EXIT.ok
  })

/** The daemon's own loader decides, in a process of its own: one that is running is not touched. */
export const configValidate = async (cli: Cli, flags: DaemonFlags): Promise<number> => {
  const main = fileURLToPath(cli.daemonMain)
  const child = spawn(process.execPath, [main, ...daemonArguments(flags), '--validate-config'], { stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? EXIT.error
}
