import { once } from 'node:events'
import { cborCodec } from '@sallyport/contract/codec'
import { createTRPCClient } from '@trpc/client'
import { afterEach, describe, expect, test } from 'vitest'
import {
  ConnectionLostError,
  connectionFailure,
  DaemonNotRunningError,
  MessageTooLargeError,
  QueueFullError,
  SignedOutError,
} from './connection-errors.ts'
import { errorData } from './error-data.ts'
import { TestDaemon } from './fixtures/test-daemon.ts'
import type { TestRouter } from './fixtures/test-router.ts'
import { type Connection, createConnection } from './link.ts'
import type { ConnectionState, ConnectionTiming, ReconnectingSocketOptions } from './reconnecting-socket.ts'
import { openUnixSocket } from './socket.ts'

const fast: Partial<ConnectionTiming> = { retryMs: 10, maxRetryMs: 50 }
const connections: Connection[] = []

afterEach(() => {
  for (const connection of connections.splice(0)) connection.close()
})

const connect = (daemon: { socketPath: string }, options: Partial<ReconnectingSocketOptions> = {}) => {
  const connection = createConnection({
    openSocket: openUnixSocket(daemon.socketPath),
    reconnect: 'after-first',
    random: Math.random,
    ...options,
    timing: { ...fast, ...options.timing },
  })
  connections.push(connection)
  return { connection, client: createTRPCClient<TestRouter>({ links: [connection.link] }) }
}

const entered = (connection: Connection, kind: ConnectionState['kind']): Promise<ConnectionState> =>
  new Promise((resolve) => {
    const stop = connection.onState((state) => {
      if (state.kind !== kind) return
      queueMicrotask(() => stop())
      resolve(state)
    })
  })

const failureOf = (promise: Promise<unknown>) => promise.then(() => undefined, connectionFailure)

test('a thousand writes that nobody waits for arrive in the order in which they were made', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.add({ id: 's00000000000' })
  const { client } = connect(daemon)
  const writes = Array.from({ length: 1000 }, (_, n) =>
    client.session.write.mutate({ session: 's00000000000', data: Buffer.from(`${n};`) }),
  )
  await Promise.all(writes)
  expect(daemon.sessions.written.map(({ text }) => text)).toEqual(Array.from({ length: 1000 }, (_, n) => `${n};`))
})

test('a call leaves within the call, not a timer tick later', async () => {
  const sent: unknown[] = []
  const { connection, client } = connect(
    { socketPath: '' },
    {
      openSocket: (events) => {
        queueMicrotask(() => events.open())
        return { send: (data) => sent.push(data), bufferedBytes: () => 0, destroy: () => undefined }
      },
    },
  )
  connection.open()
  await entered(connection, 'open')
  client.session.keys.mutate({ session: 's', keys: ['a'] }).catch(() => undefined)
  expect(sent).toHaveLength(1)
})

describe('when the daemon dies', () => {
  test('a mutation under way is rejected, marked as sent, and not repeated', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add({ id: 's00000000000' })
    daemon.sessions.held = 'session.write'
    const { connection, client } = connect(daemon)
    connection.open()
    await entered(connection, 'open')
    const write = failureOf(client.session.write.mutate({ session: 's00000000000', data: Buffer.from('x') }))
    // Answered after the write was read: the order on the wire is kept.
    await client.session.list.query()
    await daemon.kill()
    const failure = await write
    expect(failure).toBeInstanceOf(ConnectionLostError)
    expect((failure as ConnectionLostError).sent).toBe(true)
    daemon.sessions.release()
    await daemon.listen()
    await entered(connection, 'open')
    await client.session.list.query()
    const writes = daemon.received.filter((message) => JSON.stringify(message).includes('session.write'))
    expect(writes).toHaveLength(1)
  })

  test('a query under way is asked again', async () => {
    await using daemon = await TestDaemon.start()
    daemon.sessions.add({ name: 'kept' })
    daemon.sessions.held = 'session.list'
    const { connection, client } = connect(daemon)
    connection.open()
    await entered(connection, 'open')
    const list = client.session.list.query()
    await client.session.get.query({ session: 'kept' })
    await daemon.kill()
    daemon.sessions.release()
    await daemon.listen()
    expect((await list).sessions[0]?.name).toBe('kept')
  })

  test('a subscription goes on after the last event that it delivered', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add({ id: 's00000000000' })
    daemon.sessions.append(entry, 'before ')
    const { connection, client } = connect(daemon)
    let text = ''
    let heard: () => void = () => undefined
    const subscription = client.session.output.subscribe(
      { session: 's00000000000', from: { kind: 'start' }, mode: 'log', viewer: 'viewer-1' },
      {
        onData: ({ data }) => {
          if (data.kind === 'bytes') text += Buffer.from(data.bytes).toString()
          heard()
        },
      },
    )
    const until = (expected: string) =>
      new Promise<void>((resolve) => {
        heard = () => {
          if (text === expected) resolve()
        }
        heard()
      })
    await until('before ')
    await daemon.kill()
    await entered(connection, 'connecting')
    daemon.sessions.append(entry, 'while away ')
    await daemon.listen()
    await until('before while away ')
    daemon.sessions.append(entry, 'after')
    await until('before while away after')
    subscription.unsubscribe()
  })

  test('a call made while it is away is carried out once it is back', async () => {
    await using daemon = await TestDaemon.start()
    const entry = daemon.sessions.add({ id: 's00000000000' })
    const { connection, client } = connect(daemon)
    await client.session.list.query()
    await daemon.kill()
    await entered(connection, 'closed')
    const write = client.session.write.mutate({ session: entry.session.id, data: Buffer.from('late') })
    await daemon.listen()
    await write
    expect(daemon.sessions.written.map(({ text }) => text)).toEqual(['late'])
  })

  test('a client that asks once does not come back', async () => {
    await using daemon = await TestDaemon.start()
    const { connection, client } = connect(daemon, { reconnect: 'never' })
    await client.session.list.query()
    await daemon.kill()
    expect(await entered(connection, 'closed')).toMatchObject({ retryInMs: null })
    expect(await failureOf(client.session.list.query())).toBeInstanceOf(ConnectionLostError)
  })
})

test('without a daemon the first call fails at once and names the socket', async () => {
  const { client } = connect({ socketPath: '/nonexistent/sallyport.sock' })
  const failure = await failureOf(client.session.list.query())
  expect(failure).toBeInstanceOf(DaemonNotRunningError)
  expect((failure as DaemonNotRunningError).socketPath).toBe('/nonexistent/sallyport.sock')
})

test('close 4401 is final: calls fail as signed out and nobody reconnects', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.held = 'session.list'
  const { connection, client } = connect(daemon, { reconnect: 'always' })
  const list = failureOf(client.session.list.query())
  await entered(connection, 'open')
  daemon.closeConnections(4401)
  expect(await list).toBeInstanceOf(SignedOutError)
  expect(connection.state().kind).toBe('signedOut')
  expect(await failureOf(client.session.get.query({ session: 's' }))).toBeInstanceOf(SignedOutError)
  connection.open()
  connection.reconnectNow()
  expect(connection.state().kind).toBe('signedOut')
  expect(daemon.connections).toBe(1)
})

test('a refused handshake of somebody signed out is final, of somebody signed in it is repeated', async () => {
  let signedIn = true
  let attempts = 0
  const { connection } = connect(
    { socketPath: '' },
    {
      reconnect: 'always',
      openSocket: (events) => {
        attempts += 1
        if (attempts === 3) signedIn = false
        queueMicrotask(() => events.close(1006, undefined))
        return { send: () => undefined, bufferedBytes: () => 0, destroy: () => undefined }
      },
      isSignedIn: async () => signedIn,
    },
  )
  connection.open()
  await entered(connection, 'signedOut')
  expect(attempts).toBe(3)
})

test('a message that makes no sense ends the connection, not the client', async () => {
  await using daemon = await TestDaemon.start()
  const { connection, client } = connect(daemon)
  for (const bytes of [
    Buffer.from([0xff, 0x00]),
    Buffer.from('text'),
    cborCodec.encode([1]),
    cborCodec.encode({ id: 9 }),
  ]) {
    await client.session.list.query()
    const before = daemon.connections
    const closed = entered(connection, 'closed')
    daemon.sendRaw(bytes)
    await closed
    await client.session.list.query()
    expect(daemon.connections).toBe(before + 1)
  }
  daemon.sendRaw('neither binary nor a ping')
  await entered(connection, 'closed')
  await client.session.list.query()
})

test('a late answer to nobody is ignored', async () => {
  await using daemon = await TestDaemon.start()
  const { client } = connect(daemon)
  await client.session.list.query()
  daemon.sendRaw(cborCodec.encode({ id: 999, result: { type: 'data', data: null } }))
  await client.session.list.query()
  expect(daemon.connections).toBe(1)
})

test('a daemon that asks for it gets a new connection, after it answered what was under way', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id: 's00000000000' })
  daemon.sessions.held = 'session.write'
  const { connection, client } = connect(daemon)
  await client.session.list.query()
  const write = client.session.write.mutate({ session: entry.session.id, data: Buffer.from('x') })
  daemon.sendRaw(cborCodec.encode({ id: null, method: 'reconnect' }))
  const closed = entered(connection, 'closed')
  daemon.sessions.release()
  await write
  await closed
  await client.session.list.query()
  expect(daemon.connections).toBe(2)
})

test('an error of the daemon carries its code', async () => {
  await using daemon = await TestDaemon.start()
  const { client } = connect(daemon)
  const error: unknown = await client.session.get.query({ session: 'nobody' }).catch((cause: unknown) => cause)
  expect(errorData(error)).toMatchObject({ code: 'not_found', httpStatus: 404 })
  expect(errorData(new Error('other'))).toBeUndefined()
})

test('a message that the daemon would refuse is not sent', async () => {
  await using daemon = await TestDaemon.start()
  const { client } = connect(daemon)
  await client.session.list.query()
  const data = new Uint8Array(1024 * 1024)
  expect(await failureOf(client.session.write.mutate({ session: 's', data }))).toBeInstanceOf(MessageTooLargeError)
  await client.session.list.query()
  expect(daemon.connections).toBe(1)
})

test('a daemon that does not read makes calls fail, not the memory grow', async () => {
  await using daemon = await TestDaemon.start()
  const { client } = connect(daemon)
  await client.session.list.query()
  daemon.pause()
  const data = new Uint8Array(64 * 1024)
  const results = Array.from({ length: 300 }, () => failureOf(client.session.write.mutate({ session: 's', data })))
  const first = await Promise.race(results)
  expect(first).toBeInstanceOf(QueueFullError)
})

test('a connection on which nothing is heard is given up', async () => {
  const sent: unknown[] = []
  let destroyed = false
  const { connection } = connect(
    { socketPath: '' },
    {
      timing: { idlePingMs: 20, pongTimeoutMs: 20, maxRetryMs: 60_000, retryMs: 60_000 },
      openSocket: (events) => {
        queueMicrotask(() => events.open())
        return {
          send: (data) => sent.push(data),
          bufferedBytes: () => 0,
          destroy: () => {
            destroyed = true
          },
        }
      },
    },
  )
  connection.open()
  await entered(connection, 'open')
  expect(await entered(connection, 'closed')).toMatchObject({ cause: { message: 'the daemon stopped answering' } })
  expect(sent).toEqual(['PING'])
  expect(destroyed).toBe(true)
})

test('an idle connection to a daemon that answers stays', async () => {
  await using daemon = await TestDaemon.start()
  const { connection, client } = connect(daemon, { timing: { idlePingMs: 10, pongTimeoutMs: 200 } })
  await client.session.list.query()
  for (let pings = 0; pings < 3; ) {
    const [message] = await once(daemon.sessions.events, 'received')
    if (message === 'PING') pings += 1
  }
  expect(connection.state().kind).toBe('open')
  expect(daemon.connections).toBe(1)
})

test('closing completes subscriptions and rejects calls', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.held = 'session.write'
  const { connection, client } = connect(daemon)
  await client.session.list.query()
  const completed = new Promise<void>((resolve) => {
    client.session.changes.subscribe(undefined, { onComplete: resolve })
  })
  const write = failureOf(client.session.write.mutate({ session: 's', data: Buffer.from('x') }))
  connection.close()
  await completed
  expect(await write).toBeInstanceOf(ConnectionLostError)
})

test('a subscription that was ended here is ended in the daemon', async () => {
  await using daemon = await TestDaemon.start()
  const { client } = connect(daemon)
  await new Promise<void>((resolve) => {
    const subscription = client.session.changes.subscribe(undefined, {
      onData: () => {
        subscription.unsubscribe()
        resolve()
      },
    })
  })
  await client.session.list.query()
  expect(daemon.received).toContainEqual({ id: expect.any(Number), method: 'subscription.stop' })
  expect(daemon.sessions.events.listenerCount('changed')).toBe(0)
})

test('an aborted call is rejected and its answer ignored', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.held = 'session.list'
  const { connection, client } = connect(daemon)
  connection.open()
  await entered(connection, 'open')
  const abort = new AbortController()
  const list = client.session.list.query(undefined, { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(list).rejects.toThrow('enough')
  const released = once(daemon.sessions.events, 'release')
  daemon.sessions.release()
  await released
  await client.session.list.query()
})
