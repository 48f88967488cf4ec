import type { Cli } from '../cli.ts'
import { printMessage } from './print.ts'

/** Said after a secret was printed on a terminal, which keeps it. `command`: what printed it. */
export const scrollbackHint = async (cli: Cli, command: string): Promise<void> => {
  if (cli.stdout.isTTY !== true || cli.stderr.isTTY !== true) return
  const { clipboardCommand } = cli.environment
  const instead = clipboardCommand === undefined ? '' : `; next time: ${command} | ${clipboardCommand}`
  await printMessage(cli, `it stays in the scrollback of this terminal${instead}`)
}
