import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { cborCodec } from '@sallyport/contract/codec'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { sendPayloadsUncopied } from './websocket-payload.ts'

/** What the daemon sends, as a real client hears it. */
const heard = async (messages: readonly unknown[]): Promise<unknown[]> => {
  const http = createServer().listen(0, '127.0.0.1')
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  http.on('upgrade', (request, socket, head) =>
    server.handleUpgrade(request, socket, head, (ws) => {
      const encode = sendPayloadsUncopied(ws, socket)
      for (const message of messages) ws.send(encode(message))
    }),
  )
  await once(http, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
  const received: unknown[] = []
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('message', (data: Buffer) => {
      received.push(cborCodec.decode(data))
      if (received.length === messages.length) resolve()
    })
  })
  client.terminate()
  http.close()
  return received
}

const event = (id: number, byteLength: number) => {
  const bytes = Uint8Array.from({ length: byteLength }, (_, index) => (index * 7 + id) % 251)
  const data = { kind: 'bytes', offset: id * 1000, bytes, at: 1_795_000_000_123 }
  return { id, jsonrpc: undefined, result: { type: 'data', data: { id: `${id}`, data }, id: `${id}` } }
}

const lengths = [0, 1, 8191, 8192, 65_000, 65_399, 65_400, 65_535, 65_536, 131_072, 262_144]

/** Comparing a megabyte element by element takes seconds. */
const digest = (message: unknown): unknown => {
  const { id, result } = message as {
    id: number
    result: { type: string; id?: string; data?: ReturnType<typeof event>['result']['data'] }
  }
  const { bytes, ...rest } = result.data?.data ?? { bytes: new Uint8Array(0) }
  return [id, result.type, result.id, result.data?.id, rest, bytes.byteLength, crc32(bytes)]
}

test('output of any size arrives as one message with exactly its bytes, in order between other messages', async () => {
  const messages = lengths.flatMap((length, index) => [
    event(index, length),
    { id: index, result: { type: 'started' } },
  ])
  expect((await heard(messages)).map(digest)).toEqual(messages.map(digest))
})

test('two viewers get one payload without either changing it', async () => {
  const shared = event(1, 100_000)
  const [first, second] = await Promise.all([heard([shared]), heard([shared, shared])])
  expect([...first, ...second].map(digest)).toEqual([shared, shared, shared].map(digest))
})
