import type { Cli } from '../cli.ts'
import { CliError, EXIT, usageError } from '../exit-code.ts'
import { printMessage, write } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { readStdinLine } from './stdin-line.ts'

export interface Confirmation {
  /** Sentences: what happens. */
  readonly consequence: string
  /** Any of these, typed, is a yes. */
  readonly answers: readonly string[]
  /** The flag that goes without asking. */
  readonly flag: string
}

/** Goes on when the person has typed one of the answers; throws otherwise, and where nobody can be asked. */
export const confirm = async (cli: Cli, { consequence, answers, flag }: Confirmation): Promise<void> => {
  if (cli.stdin.isTTY !== true || cli.stderr.isTTY !== true) {
    throw usageError('this asks before it does anything, and there is no terminal to ask on', `without one: ${flag}`)
  }
  await printMessage(cli, sanitise(consequence))
  await write(cli.stderr, `Type ${sanitise(answers.join(' or '))} to go on: `)
  const answer = await readStdinLine(cli.stdin)
  if (answer.kind === 'line' && answers.includes(answer.text.trim())) return
  throw new CliError(EXIT.error, 'interrupted', 'nothing was changed')
}
