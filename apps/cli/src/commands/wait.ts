import type { SallyportClient } from '@sallyport/client/client'
import { followSessions } from '@sallyport/client/sessions'
import type { Session } from '@sallyport/contract/session'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { childExit, isEnded } from './child-exit.ts'

/** Resolves with the session once it has ended; pushed by the daemon, across its restarts. */
export const sessionEnd = (client: SallyportClient, id: string): Promise<Session> =>
  new Promise((resolve, reject) => {
    const removed = () =>
      settle(() => reject(new CliError(EXIT.notFound, 'not_found', `session ${id} was removed while waiting for it`)))
    const check = (session: Session): void => {
      if (session.id === id && isEnded(session)) settle(() => resolve(session))
    }
    const stop = followSessions(client, {
      snapshot: (sessions) => {
        const session = sessions.find((one) => one.id === id)
        if (session === undefined) removed()
        else check(session)
      },
      changed: check,
      removed: (gone) => {
        if (gone === id) removed()
      },
      failed: (error) => settle(() => reject(error)),
    })
    const settle = (then: () => void): void => {
      stop()
      then()
    }
  })

export const wait = (cli: Cli, ref: string): Promise<number> =>
  withDaemon(
    cli,
    async (client) => {
      const { session } = await client.session.get.query({ session: ref })
      return childExit(isEnded(session) ? session : await sessionEnd(client, session.id))
    },
    { watch: true },
  )
