import { errorData } from '@sallyport/client/error-data'
import type { AuthMode } from '@sallyport/contract/auth'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { localTime } from '../output/relative-time.ts'
import { scrollbackHint } from '../output/scrollback-hint.ts'

interface RevealedPassword {
  readonly kind: 'bootstrap' | 'ephemeral'
  readonly expiresAt: string | null
}

/** Why there is nothing to print, and what to do instead. */
const nothingToPrint = (mode: AuthMode): CliError => {
  const because = (message: string, hint: string): CliError => new CliError(EXIT.notFound, 'not_found', message, hint)
  switch (mode) {
    case 'accounts':
      return because(
        'there is no setup password any more: a password is set',
        'forgot yours? sallyport auth reset-password',
      )
    case 'password':
      return because(
        'the password is not kept where it could be printed: it was set where the daemon was started',
        'look there (SALLYPORT_PASSWORD, SALLYPORT_PASSWORD_FILE, a systemd credential), or get in without: sallyport open',
      )
    case 'off':
      return because('there is no password: sign-in is off (auth.mode: off)', 'see the sessions with: sallyport open')
    case 'ephemeral':
      return because('the daemon has no password to print', 'restart it, and it makes a new one')
  }
}

const whereToType = ({ kind, expiresAt }: RevealedPassword, url: string | null): string => {
  if (url === null) return 'the daemon serves no page to type it into: it was started with --no-http'
  if (kind === 'ephemeral') return `type it at ${url}, until the daemon ends`
  const until = expiresAt === null ? '' : ` until ${localTime(expiresAt)}`
  return `type it at ${url}${until}; it works once, then you choose your own`
}

/** One line on stdout, and nothing else there: the setup password of the first run, or the one of this run of the daemon (SPEC A11). */
export const password = (cli: Cli, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const revealed = await client.auth.revealPassword.mutate().catch(async (error: unknown) => {
      throw errorData(error)?.code === 'not_found' ? nothingToPrint((await client.auth.status.query()).mode) : error
    })
    if (options.json === true) {
      await printJson(cli, revealed)
      return EXIT.ok
    }
    await printLine(cli, revealed.password)
    if (cli.stderr.isTTY !== true) return EXIT.ok
    await printMessage(cli, whereToType(revealed, (await client.admin.status.query()).url))
    await scrollbackHint(cli, 'sallyport password')
    return EXIT.ok
  })
