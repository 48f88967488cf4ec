import { expect } from '@playwright/test'
import { createSocketClient } from '@sallyport/client/socket'
import { openRawSocket, signInByTicket } from './fixtures/raw-websocket.ts'
import { socketPathOf } from './fixtures/socket-client.ts'
import { test } from './fixtures/test.ts'

test('an idle connection stays: the daemon answers when a client asks whether it is there', async ({ daemon }) => {
  const timing = { retryMs: 50, maxRetryMs: 100, connectTimeoutMs: 2_000, idlePingMs: 200, pongTimeoutMs: 1_000 }
  const { client, connection } = createSocketClient({
    socketPath: socketPathOf(daemon),
    reconnect: 'after-first',
    timing,
  })
  const states: string[] = []
  await client.session.list.query()
  connection.onState(({ kind }) => states.push(kind))
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  connection.close()
  expect(states.filter((kind) => kind !== 'open' && kind !== 'closed')).toEqual([])
})

test('a page that asks whether the daemon is there is not closed for it', async ({ daemon }) => {
  const socket = await openRawSocket(daemon, await signInByTicket(daemon))
  socket.send(new TextEncoder().encode('PING'), { opcode: 1 })
  const answer = await socket.answer(socket.call('query', 'auth.whoami'))
  expect(answer.result?.data).toMatchObject({ kind: 'user' })
  socket.destroy()
})
