import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CannotListenError, listenOnLoopback } from './loopback.ts'

const made: Server[] = []
const makeServer = (): Server => {
  const server = createServer()
  made.push(server)
  return server
}

const squat = async (host: string) => {
  const server = createServer()
  server.listen({ port: 0, host })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

test('one port is bound on 127.0.0.1 and on ::1', async () => {
  const { servers, port } = await listenOnLoopback(makeServer, 0)
  expect(servers.map((server) => server.address())).toEqual([
    { address: '127.0.0.1', family: 'IPv4', port },
    { address: '::1', family: 'IPv6', port },
  ])
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
})

test.each(['127.0.0.1', '::1'])(
  'a port that is busy on %s alone stops the start, with port and way out named',
  async (host) => {
    await using squatter = await squat(host)
    made.length = 0
    const failure = await listenOnLoopback(makeServer, squatter.port).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CannotListenError)
    expect((failure as Error).message).toContain(`port ${squatter.port} is in use`)
    expect((failure as Error).message).toContain('--port')
    expect(made.every((server) => !server.listening)).toBe(true)
  },
)
