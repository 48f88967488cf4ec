import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printMessage } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { confirm } from '../terminal/typed-confirmation.ts'
import { type Account, authStatusOf, chooseAccount, devices, userInput } from './account.ts'

export interface ResetMfaOptions {
  readonly user?: string
  readonly yes?: boolean
}

const consequence = ({ name, recoveryCodesLeft }: Account): string => {
  const codes = recoveryCodesLeft === 0 ? '' : ` and ${recoveryCodesLeft} recovery codes`
  return `The authenticator app${codes} of ${name} will no longer work, and every device of ${name} is signed out.`
}

/** Takes the second factor of an account away, for somebody who lost it (SPEC A11). */
export const resetMfa = async (cli: Cli, options: ResetMfaOptions): Promise<number> => {
  const status = await authStatusOf(cli)
  const account = chooseAccount(status, options.user)
  if (!account.hasSecondFactor) {
    await printMessage(cli, `${sanitise(account.name)} has no second factor; nothing was changed`)
    return EXIT.ok
  }
  if (options.yes !== true) {
    await confirm(cli, { consequence: consequence(account), answers: [account.name, 'yes'], flag: '--yes' })
  }
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
