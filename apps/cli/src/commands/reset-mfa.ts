import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { CliError, EXIT, usageError } from '../exit-code.ts'
import { printMessage, write } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { readStdinLine } from '../terminal/stdin-line.ts'
import { type Account, authStatusOf, chooseAccount, devices, userInput } from './account.ts'

export interface ResetMfaOptions {
  readonly user?: string
  readonly yes?: boolean
}

const confirm = async (cli: Cli, { name, recoveryCodesLeft }: Account): Promise<void> => {
  if (cli.stdin.isTTY !== true || cli.stderr.isTTY !== true) {
    throw usageError('this asks before it does anything, and there is no terminal to ask on', 'without one: --yes')
  }
  const user = sanitise(name)
  const codes = recoveryCodesLeft === 0 ? '' : ` and ${recoveryCodesLeft} recovery codes`
  await printMessage(
    cli,
    `The authenticator app${codes} of ${user} will no longer work, and every device of ${user} is signed out.`,
  )
  await write(cli.stderr, `Type ${user} or yes to go on: `)
  const answer = await readStdinLine(cli.stdin)
  if (answer.kind === 'line' && [name, 'yes'].includes(answer.text.trim())) return
  throw new CliError(EXIT.error, 'interrupted', 'nothing was changed')
}

/** Takes the second factor of an account away, for somebody who lost it (SPEC A11). */
export const resetMfa = async (cli: Cli, options: ResetMfaOptions): Promise<number> => {
  const status = await authStatusOf(cli)
  const account = chooseAccount(status, options.user)
  if (!account.hasSecondFactor) {
    await printMessage(cli, `${sanitise(account.name)} has no second factor; nothing was changed`)
    return EXIT.ok
  }
  if (options.yes !== true) await confirm(cli, account)
  const { user, revoked } = await withDaemon(cli, (client) =>
    client.auth.resetSecondFactor.mutate(userInput(options.user)),
  )
  await printMessage(cli, `${sanitise(user)} has no second factor any more; ${devices(revoked)}`)
  await printMessage(
    cli,
    status.secondFactorRequired
      ? 'the next sign-in has to set up a new one'
      : 'a new one can be set up in the settings of the dashboard',
  )
  return EXIT.ok
}
