import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { CannotListenError, type ListenPlace, listenOn } from './listen-on.ts'

const made: Server[] = []
const makeServer = (): Server => {
  const server = createServer()
  made.push(server)
  return server
}

const listening = async (host: string, port = 0) => {
  const { servers, port: got } = await listenOn(makeServer, { host, port })
  return {
    port: got,
    addresses: servers.map((server) => (server.address() as AddressInfo).address),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => once(server.close(), 'close')))
    },
  }
}
const failure = async (place: ListenPlace): Promise<Error> => {
  made.length = 0
  const error = await listenOn(makeServer, place).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(CannotListenError)
  expect(made.every((server) => !server.listening)).toBe(true)
  return error as Error
}
const squat = async (host: string) => {
  const server = createServer()
  server.listen({ port: 0, host, ipv6Only: true })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

/** An address of this machine beyond loopback, where it has one; 127.0.0.2 is as good a stranger to 127.0.0.1. */
const otherAddress =
  Object.values(networkInterfaces())
    .flat()
    .find((it) => it?.family === 'IPv4' && !it.internal)?.address ?? '127.0.0.2'

test.each([
  ['localhost', ['127.0.0.1', '::1']],
  ['127.0.0.2', ['127.0.0.1', '::1', '127.0.0.2']],
  [otherAddress, ['127.0.0.1', '::1', otherAddress]],
  ['0.0.0.0', ['0.0.0.0', '::1']],
  ['::', ['0.0.0.0', '::']],
])('%s is %j, all on one port', async (host, addresses) => {
  await using it = await listening(host)
  expect(it.addresses).toEqual(addresses)
  // Loopback is ours too: nobody else gets it afterwards.
  expect((await failure({ host: 'localhost', port: it.port })).message).toContain(`port ${it.port} is in use`)
})

test.each([
  ['localhost', '127.0.0.1'],
  ['localhost', '::1'],
  ['0.0.0.0', '127.0.0.1'],
  ['0.0.0.0', '::1'],
  ['::', '127.0.0.1'],
  ['::', '::1'],
  ['127.0.0.2', '::1'],
  ['127.0.0.2', '127.0.0.2'],
])('on %s, a port that is busy on %s alone stops the start, with port and way out named', async (host, taken) => {
  await using squatter = await squat(taken)
  const { message } = await failure({ host, port: squatter.port })
  expect(message).toContain(`port ${squatter.port} is in use`)
  expect(message).toContain('--port')
})

test.each(['192.0.2.1', '2001:db8::1', 'fe80::1'])('%s is no address of this machine', async (host) => {
  expect((await failure({ host, port: 0 })).message).toContain(`${host} is not an address of this machine`)
})
