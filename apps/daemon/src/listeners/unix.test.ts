import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limits } from '@sallyport/api/limits/limits'
import { cborCodec } from '@sallyport/contract/codec'
import { connectWebSocket } from '@sallyport/unix-socket/connect'
import { expect, test } from 'vitest'
import { createTestApi, silentLog } from '../testing/listening.ts'
import { parseAnswer, readToEnd } from '../testing/raw-http.ts'
import type { DoorRefusal } from './served-api.ts'
import { listenOnUnixSocket } from './unix.ts'
import { createWebSocketListener } from './websocket.ts'

const serve = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-unix-'))
  chmodSync(directory, 0o700)
  const path = join(directory, 'sallyport.sock')
  const refusals: DoorRefusal[] = []
  const webSocket = createWebSocketListener(limits.webSocket, silentLog)
  const { api } = createTestApi()
  const listener = await listenOnUnixSocket({
    path,
    timeouts: { headersMs: 300, requestMs: 600, checkEveryMs: 50 },
    webSocket,
    health: { problems: () => [] },
    api: async () => api,
    log: silentLog,
    onRefused: (refusal) => void refusals.push(refusal),
  })
  return {
    path,
    refusals,
    ask: async (lines: readonly string[]) => {
      const socket = connect({ path })
      const answer = readToEnd(socket)
      socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
      return parseAnswer(await answer).status
    },
    [Symbol.asyncDispose]: async () => {
      webSocket.close()
      await listener.close()
      rmSync(directory, { recursive: true })
    },
  }
}

test('calls on the socket are of transport unix, whatever cookie they carry', async () => {
  await using daemon = await serve()
  const ws = connectWebSocket(daemon.path)
  await once(ws, 'open')
  ws.send(cborCodec.encode({ id: 1, method: 'query', params: { path: 'connection' } }))
  const [data] = await once(ws, 'message')
  expect(cborCodec.decode(data)).toMatchObject({
    result: { data: { transport: 'unix', address: 'unix', cookieToken: null, directLoopback: false } },
  })
  ws.terminate()
})

test('what a browser or proxy adds is refused and recorded, on requests and on upgrades', async () => {
  await using daemon = await serve()
  const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']
  expect(await daemon.ask(['GET /healthz HTTP/1.1', 'Host: localhost'])).toBe(200)
  expect(await daemon.ask(['GET /healthz HTTP/1.1', 'Host: localhost', 'Origin: http://localhost'])).toBe(403)
  expect(await daemon.ask(['GET /healthz HTTP/1.1', 'Host: localhost', 'Referer: http://localhost/'])).toBe(403)
  expect(await daemon.ask(['GET /healthz HTTP/1.1', 'Host: evil.example'])).toBe(403)
  expect(await daemon.ask(['GET /healthz HTTP/1.1'])).toBe(403)
  expect(await daemon.ask(['GET /healthz HTTP/1.1', 'Host: localhost', 'Host: localhost'])).toBe(403)
  expect(await daemon.ask(['GET /trpc HTTP/1.1', 'Host: localhost', 'Origin: null', ...upgrade])).toBe(403)
  expect(daemon.refusals).toHaveLength(6)
  expect(await daemon.ask(['GET /trpc/echo HTTP/1.1', 'Host: localhost'])).toBe(404)
})

test('headers that never end, and connections that say nothing, are closed here too', async () => {
  await using daemon = await serve()
  const [slow, silent] = [connect({ path: daemon.path }), connect({ path: daemon.path })]
  const ends = [slow, silent].map(readToEnd)
  slow.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  expect(parseAnswer((await Promise.all(ends))[0] ?? '').status).toBe(408)
})
