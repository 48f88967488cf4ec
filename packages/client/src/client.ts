import type { AppRouter } from '@sallyport/api/router'
import { createTRPCClient, type TRPCClient } from '@trpc/client'
import { type Connection, createConnection } from './link.ts'
import type { ReconnectingSocketOptions } from './reconnecting-socket.ts'

export type SallyportClient = TRPCClient<AppRouter>

export interface ConnectedClient {
  readonly client: SallyportClient
  readonly connection: Connection
}

/** The typed client over one WebSocket, made by `openSocket`. It connects with the first call, or with `connection.open()`. */
export const createClient = (options: ReconnectingSocketOptions): ConnectedClient => {
  const connection = createConnection(options)
  // Written out, or the declaration of this function would name types inside @trpc/server (TS2883).
  const client: TRPCClient<AppRouter> = createTRPCClient<AppRouter>({ links: [connection.link] })
  return { client, connection }
}
