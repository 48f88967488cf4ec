import { once } from 'node:events'
import type { Connection } from '@sallyport/api/connection'
import { cborCodec } from '@sallyport/contract/codec'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { GOOD_TOKEN, startListener } from '../testing/listening.ts'
import { rawRequest } from '../testing/raw-http.ts'

type Listening = Awaited<ReturnType<typeof startListener>>

const dial = (daemon: Listening, headers: Record<string, string> = {}, path = '/trpc'): WebSocket =>
  new WebSocket(`ws://localhost:${daemon.port}${path}`, {
    headers: { Cookie: `sallyport_${daemon.port}=${GOOD_TOKEN}`, Origin: daemon.url, ...headers },
    perMessageDeflate: true,
  })

const open = async (daemon: Listening): Promise<WebSocket> => {
  const ws = dial(daemon)
  await once(ws, 'open')
  return ws
}

const statusOf = async (ws: WebSocket): Promise<number> => {
  ws.on('error', () => undefined)
  const [, response] = await once(ws, 'unexpected-response')
  response.resume()
  ws.terminate()
  return response.statusCode as number
}

const closeCode = async (ws: WebSocket): Promise<number> => {
  // A server that closes while we are still sending 5 MB resets the connection behind its close frame.
  ws.on('error', () => undefined)
  const [code] = await once(ws, 'close')
  return code as number
}

const echo = (id: number) => ({ id, method: 'query', params: { path: 'echo', input: { text: `${id}` } } })

test('calls are answered in CBOR, uncompressed, and say which connection they came on', async () => {
  await using daemon = await startListener()
  const ws = await open(daemon)
  expect(ws.extensions).toBe('')
  ws.send(cborCodec.encode({ id: 1, method: 'query', params: { path: 'connection' } }))
  const [data, isBinary] = await once(ws, 'message')
  expect(isBinary).toBe(true)
  expect(cborCodec.decode(data)).toMatchObject({
    id: 1,
    result: { data: { transport: 'websocket', directLoopback: true, cookieToken: GOOD_TOKEN } },
  })
  ws.close()
  await once(ws, 'close')
})

test('an acknowledgement reaches the stream of its own connection, no other, and nothing answers it', async () => {
  await using daemon = await startListener()
  const [mine, theirs] = [await open(daemon), await open(daemon)]
  const heard: string[] = []
  const connections: Connection[] = [...daemon.open]
  const [stop] = connections.map((connection, index) =>
    connection.onAcknowledge?.('viewer', (offset) => heard.push(`${index === 0 ? 'mine' : 'theirs'} ${offset}`)),
  )
  const afterwards = async (message: unknown): Promise<unknown> => {
    mine.send(cborCodec.encode(message))
    mine.send(cborCodec.encode(echo(1)))
    const [data] = await once(mine, 'message')
    return cborCodec.decode(data)
  }
  const acknowledge = { method: 'acknowledge', viewer: 'viewer', offset: 7 }
  expect(await afterwards(acknowledge)).toMatchObject({ id: 1, result: { data: '1' } })
  expect(heard).toEqual(['mine 7'])
  expect(await afterwards({ ...acknowledge, viewer: 'unknown' })).toMatchObject({ id: 1 })
  stop?.()
  expect(await afterwards(acknowledge)).toMatchObject({ id: 1 })
  expect(heard).toEqual(['mine 7'])
  mine.terminate()
  theirs.terminate()
})

test('without a live credential it is 401 before it opens', async () => {
  await using daemon = await startListener()
  expect(await statusOf(dial(daemon, { Cookie: '' }))).toBe(401)
  expect(await statusOf(dial(daemon, { Cookie: `sallyport_${daemon.port}=wrong` }))).toBe(401)
  expect(
    await statusOf(dial(daemon, { Cookie: `sallyport_${daemon.port}=${GOOD_TOKEN}; sallyport_${daemon.port}=x` })),
  ).toBe(401)
  expect(daemon.open.size).toBe(0)
})

test('another origin, another host and another path are refused before it opens', async () => {
  await using daemon = await startListener()
  expect(await statusOf(dial(daemon, { Origin: 'http://evil.example' }))).toBe(403)
  expect(await statusOf(dial(daemon, { Origin: 'null' }))).toBe(403)
  expect(await statusOf(dial(daemon, { Host: 'evil.example', Origin: 'http://evil.example' }))).toBe(421)
  expect(await statusOf(dial(daemon, {}, '/other'))).toBe(404)
  const noOrigin = await rawRequest(daemon, [
    'GET /trpc HTTP/1.1',
    'Host: localhost',
    `Cookie: sallyport_${daemon.port}=${GOOD_TOKEN}`,
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Connection: Upgrade',
  ])
  expect(noOrigin.status).toBe(403)
})

test('connection parameters in the address do not delay calls', async () => {
  await using daemon = await startListener()
  const ws = dial(daemon, {}, '/trpc?connectionParams=1')
  await once(ws, 'open')
  ws.send(cborCodec.encode(echo(7)))
  const [data] = await once(ws, 'message')
  expect(cborCodec.decode(data)).toMatchObject({ id: 7, result: { data: '7' } })
  ws.terminate()
})

test.each([
  ['a frame of 5 MB', Buffer.alloc(5 * 1024 * 1024), 1009],
  ['1000 calls in one frame', cborCodec.encode(Array.from({ length: 1000 }, (_, id) => echo(id))), 1008],
  ['eleven calls', cborCodec.encode(Array.from({ length: 11 }, (_, id) => echo(id))), 1008],
  ['half a message', cborCodec.encode(echo(1)).subarray(0, 10), 1007],
  ['two messages in one frame', Buffer.concat([cborCodec.encode(1), cborCodec.encode(2)]), 1007],
  ['an empty frame', Buffer.alloc(0), 1007],
  ['deep nesting', Buffer.alloc(1024 * 1024, 0x81), 1007],
  [
    'a tag that calls a function',
    Buffer.from('d81b82646576616c74676c6f62616c546869732e70776e6564203d2031', 'hex'),
    1007,
  ],
  ['text', JSON.stringify(echo(1)), 1003],
  ['a text that begins like a heartbeat', 'PINGS', 1003],
])('%s closes the connection, and nothing in it or after it is run', async (_name, frame, code) => {
  await using daemon = await startListener()
  const ws = await open(daemon)
  const closed = closeCode(ws)
  ws.send(frame)
  ws.send(cborCodec.encode(echo(1)))
  expect(await closed).toBe(code)
  await daemon.idle()
  expect(daemon.calls()).toBe(0)
  expect(Reflect.get(globalThis, 'pwned')).toBeUndefined()
})

test('the heartbeat of our own client is answered and keeps the connection', async () => {
  await using daemon = await startListener()
  const ws = await open(daemon)
  const [pong] = await Promise.all([once(ws, 'message'), ws.send('PING')])
  expect(String(pong[0])).toBe('PONG')
  expect(ws.readyState).toBe(ws.OPEN)
})

test('ten calls in one frame are run', async () => {
  await using daemon = await startListener()
  const ws = await open(daemon)
  const tenAnswers = new Promise<void>((resolve) => {
    let answers = 0
    ws.on('message', () => {
      answers += 1
      if (answers === 10) resolve()
    })
  })
  ws.send(cborCodec.encode(Array.from({ length: 10 }, (_, id) => echo(id))))
  await tenAnswers
  expect(daemon.calls()).toBe(10)
  ws.terminate()
})

test('a paused connection is not read, and goes on in order with nothing lost', async () => {
  await using daemon = await startListener()
  const ws = await open(daemon)
  const [connection] = daemon.open
  connection?.pause?.()
  const answers: number[] = []
  const all = new Promise<void>((resolve) => {
    ws.on('message', (data) => {
      answers.push((cborCodec.decode(data as Buffer) as { id: number }).id)
      if (answers.length === 200) resolve()
    })
  })
  for (let id = 0; id < 200; id += 1) ws.send(cborCodec.encode(echo(id)))
  // A later connection of the same daemon is answered meanwhile.
  const other = await open(daemon)
  other.send(cborCodec.encode(echo(1)))
  await once(other, 'message')
  expect(daemon.calls()).toBe(1)
  connection?.resume?.()
  await all
  expect(answers).toEqual(Array.from({ length: 200 }, (_, id) => id))
  ws.terminate()
  other.terminate()
})

test('revocation closes the socket with its code', async () => {
  await using daemon = await startListener()
  const ws = await open(daemon)
  const closed = closeCode(ws)
  for (const connection of daemon.open) connection.close(4401, 'revoked')
  expect(await closed).toBe(4401)
})

test('a peer that answers no ping is cut off, one that does is kept', async () => {
  await using daemon = await startListener({ webSocketLimits: { pingEveryMs: 40, deadAfterMs: 200 } })
  const alive = await open(daemon)
  const dead = new WebSocket(`ws://localhost:${daemon.port}/trpc`, {
    headers: { Cookie: `sallyport_${daemon.port}=${GOOD_TOKEN}`, Origin: daemon.url },
    autoPong: false,
  })
  expect(await closeCode(dead)).toBe(1006)
  expect(alive.readyState).toBe(WebSocket.OPEN)
  alive.terminate()
})
