import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { relativeTime } from '../output/relative-time.ts'
import { sanitise } from '../output/sanitise.ts'
import { formatTable } from '../output/table.ts'
import { userInput } from './account.ts'

export const authSessions = (cli: Cli, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { authSessions: rows } = await client.auth.listSessions.query()
    if (options.json === true) await printJson(cli, { authSessions: rows })
    else if (rows.length === 0) await printMessage(cli, 'nobody is signed in; sign a browser in with: sallyport open')
    else {
      const now = Date.now()
      const table = formatTable(
        rows,
        [
          { title: 'ID', value: ({ id }) => id },
          { title: 'USER', value: ({ user }) => user },
          { title: 'DEVICE', value: ({ device }) => device },
          { title: 'ADDRESS', value: ({ address }) => address },
          { title: 'SIGNED IN', value: ({ createdAt }) => relativeTime(createdAt, now) },
          { title: 'LAST USED', value: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
        ],
        { colours: cli.stdout.isTTY === true && !cli.environment.noColor, width: undefined },
      )
      await printLine(cli, table.join('\n'))
    }
    return EXIT.ok
  })

/** Lets an account sign in with its password from unknown devices again (SPEC A13). */
export const unlock = (cli: Cli, options: { readonly user?: string }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { unlocked } = await client.auth.unlock.mutate(userInput(options.user))
    const names = unlocked.map(sanitise).join(', ')
    await printMessage(cli, names === '' ? 'nobody was locked out' : `unlocked: ${names}`)
    return EXIT.ok
  })

export const revoke = (cli: Cli, id: string): Promise<number> =>
  withDaemon(cli, async (client) => {
    const revoked = await client.auth.revokeSession.mutate({ id })
    await printMessage(cli, `${revoked.id} is signed out`)
    return EXIT.ok
  })

export const revokeAll = (cli: Cli): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { revoked } = await client.auth.revokeAll.mutate()
    await printMessage(cli, `${revoked} ${revoked === 1 ? 'browser is' : 'browsers are'} signed out`)
    return EXIT.ok
  })
