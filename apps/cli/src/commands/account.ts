import type { AuthMode } from '@sallyport/contract/auth'
import type { AuthStatus } from '@sallyport/contract/sign-in'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { CliError, EXIT, usageError } from '../exit-code.ts'

export type Account = AuthStatus['users'][number]

const refused = (message: string, hint: string): CliError => new CliError(EXIT.refused, 'conflict', message, hint)

/** The account that a verb is about: the named one, or the only one. Throws before anybody is asked anything. */
export const chooseAccount = ({ mode, users }: AuthStatus, name: string | undefined): Account => {
  if (mode === 'off') throw refused('nobody signs in to this daemon (auth.mode: off)', 'see: sallyport config show')
  const [only] = users
  if (only === undefined) {
    throw refused('there is no user yet', 'set one up in the browser, with the password of: sallyport password')
  }
  if (name === undefined) {
    if (users.length === 1) return only
    throw usageError('there are several users', `name one: --user ${users.map((user) => user.name).join(' | ')}`)
  }
  const named = users.find((user) => user.name === name)
  if (named === undefined)
    throw new CliError(EXIT.notFound, 'not_found', `there is no user ${name}`, 'see: sallyport auth status')
  return named
}

/** On a connection of its own: a person who is asked something may take longer than the daemon runs. */
export const authStatusOf = (cli: Cli): Promise<AuthStatus> => withDaemon(cli, (client) => client.auth.status.query())

/** Sentence for modes in which the password is not the account's. */
export const requireOwnPassword = (mode: AuthMode): void => {
  if (mode === 'password') {
    throw refused('the password is set where the daemon is started', 'change it there, and restart the daemon')
  }
  if (mode === 'ephemeral') {
    throw refused('the daemon makes a new password at every start', 'see it with: sallyport password')
  }
}

/** Without a name the daemon means the only user, as `chooseAccount` does. */
export const userInput = (name: string | undefined): { user?: string } => (name === undefined ? {} : { user: name })

export const devices = (count: number): string =>
  count === 0 ? 'no device was signed in' : `${count} ${count === 1 ? 'device is' : 'devices are'} signed out`
