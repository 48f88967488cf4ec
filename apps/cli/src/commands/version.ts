import type { Cli } from '../cli.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine } from '../output/print.ts'

export const version = async (cli: Cli, options: { readonly json?: boolean }): Promise<number> => {
  await (options.json === true ? printJson(cli, { version: cli.version }) : printLine(cli, cli.version))
  return EXIT.ok
}
