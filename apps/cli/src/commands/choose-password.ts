import { passwordProblem } from '@sallyport/contract/password-rules'
import type { Cli } from '../cli.ts'
import { CliError, EXIT, usageError } from '../exit-code.ts'
import { printMessage } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import type { TypedLine } from '../terminal/hidden-line.ts'
import { withHiddenInput } from '../terminal/hidden-prompt.ts'
import { readStdinLine } from '../terminal/stdin-line.ts'
import type { Account } from './account.ts'

const maxTries = 3

const advice =
  'Four or five words that do not belong together are long enough and easy to remember; --generate makes a password for you.'

/** A3: the second factor makes up for a shorter one. Where it is required nobody signs in without one. */
type ProtectedAccount = Account & { readonly needsSecondFactor: boolean }
const minLengthFor = ({ hasSecondFactor, needsSecondFactor }: ProtectedAccount): 8 | 15 =>
  hasSecondFactor || needsSecondFactor ? 8 : 15

/** Text, or why it cannot be the password. The daemon checks again. */
const checked = (
  line: TypedLine,
  account: ProtectedAccount,
): { readonly text: string } | { readonly problem: string } => {
  if (line.kind === 'unusable') return { problem: line.reason }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for
  if (/[\0-\x1f\x7f]/.test(line.text)) return { problem: 'Control characters cannot be typed at the sign-in.' }
  const minLength = minLengthFor(account)
  const problem = passwordProblem({ password: line.text, minLength, forbidden: [account.name] })
  return problem === null ? { text: line.text } : { problem }
}

const askTwice = (cli: Cli, account: ProtectedAccount): Promise<string> =>
  withHiddenInput(cli, async (ask) => {
    const length = `${minLengthFor(account)} characters or more, not shown`
    for (let tries = 0; tries < maxTries; tries += 1) {
      const first = checked(await ask(`New password for ${sanitise(account.name)} (${length}): `), account)
      if ('problem' in first) {
        await printMessage(cli, `${first.problem}\n${advice}`)
        continue
      }
      const again = await ask('The same again: ')
      if (again.kind === 'line' && again.text === first.text) return first.text
      await printMessage(cli, 'These two differ. Start over.')
    }
    throw new CliError(EXIT.error, 'bad_request', 'no password was chosen; nothing was changed')
  })

const readOnce = async (cli: Cli, account: ProtectedAccount): Promise<string> => {
  const line = await readStdinLine(cli.stdin)
  if (line.kind === 'line' && line.text === '') {
    throw usageError('standard input held no password', 'one line is read from it; --generate makes a password')
  }
  const answer = checked(line, account)
  if ('problem' in answer) throw usageError(answer.problem, advice)
  return answer.text
}

/** From the person at the terminal, twice and unseen; without a terminal, one line of standard input. */
export const choosePassword = (cli: Cli, account: ProtectedAccount): Promise<string> => {
  if (cli.stdin.isTTY !== true) return readOnce(cli, account)
  if (cli.stderr.isTTY === true) return askTwice(cli, account)
  throw usageError(
    'there is no terminal to ask on: standard error is not one',
    'pipe the password in, or use --generate',
  )
}
