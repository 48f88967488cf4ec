import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT, usageError } from '../exit-code.ts'
import { printLine, printMessage } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { scrollbackHint } from '../output/scrollback-hint.ts'
import { authStatusOf, chooseAccount, devices, requireOwnPassword, userInput } from './account.ts'

export interface ResetPasswordOptions {
  readonly generate?: boolean
  readonly user?: string
}

/**
 * A new password for an account, whatever the old one was (SPEC A11). It goes to the daemon over the socket, which does both halves of OPAQUE; it is in no argument, no
 * environment and no file. `words`: what was typed after the verb, which must be nothing.
 */
export const resetPassword = async (
  cli: Cli,
  words: readonly string[],
  options: ResetPasswordOptions,
): Promise<number> => {
  if (words.length > 0) {
    throw usageError(
      'a password on the command line can be read by everybody on this machine, and stays in the history of the shell',
      'choose another and leave it out: you are asked for it, or it is read from standard input',
    )
  }
  const status = await authStatusOf(cli)
  requireOwnPassword(status.mode)
  const account = chooseAccount(status, options.user)
  const chosen =
    options.generate === true
      ? {}
      : {
          password: await (await import('./choose-password.ts')).choosePassword(cli, {
            ...account,
            needsSecondFactor: status.secondFactorRequired,
          }),
        }
  const reset = await withDaemon(cli, (client) =>
    client.auth.resetPassword.mutate({ ...userInput(options.user), ...chosen }),
  )
  if (reset.password !== null) await printLine(cli, reset.password)
  await printMessage(cli, `${sanitise(reset.user)} has a new password; ${devices(reset.revoked)}`)
  if (account.hasSecondFactor) {
    await printMessage(cli, 'the second factor stays; lost that too? sallyport auth reset-mfa')
  }
  if (reset.password !== null) await scrollbackHint(cli, 'sallyport auth reset-password --generate')
  return EXIT.ok
}
