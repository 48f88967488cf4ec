import type { SallyportClient } from '@sallyport/client/client'
import { createSocketClient } from '@sallyport/client/socket'
import type { Cli } from './cli.ts'

/** Calls the daemon behind the verb's target. `watch`: the connection is repaired after a restart of the daemon, for verbs that last. */
export const withDaemon = async <Result>(
  cli: Cli,
  use: (client: SallyportClient) => Promise<Result>,
  options: { readonly watch?: boolean } = {},
): Promise<Result> => {
  const { client, connection } = createSocketClient({
    socketPath: cli.target.socketPath,
    reconnect: options.watch === true ? 'after-first' : 'never',
  })
  try {
    return await use(client)
  } finally {
    connection.close()
  }
}
