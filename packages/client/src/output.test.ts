import { createTRPCClient } from '@trpc/client'
import { afterEach, expect, test } from 'vitest'
import type { SallyportClient } from './client.ts'
import { ConnectionLostError, connectionFailure } from './connection-errors.ts'
import { errorData } from './error-data.ts'
import { TestDaemon } from './fixtures/test-daemon.ts'
import { type Connection, createConnection } from './link.ts'
import { type FollowOutputInput, followOutput, type OutputHandlers, type OutputStream } from './output.ts'
import type { OutputChunk } from './output-position.ts'
import { openUnixSocket } from './socket.ts'

const opened: { stop(): void }[] = []

afterEach(() => {
  for (const { stop } of opened.splice(0)) stop()
})

const connect = (daemon: TestDaemon): { client: SallyportClient; connection: Connection } => {
  const connection = createConnection({
    openSocket: openUnixSocket(daemon.socketPath),
    reconnect: 'after-first',
    random: Math.random,
    timing: { retryMs: 10, maxRetryMs: 50 },
  })
  opened.push({ stop: connection.close })
  return { connection, client: createTRPCClient({ links: [connection.link] }) as unknown as SallyportClient }
}

const id = 's00000000000'
const log: FollowOutputInput = { session: id, from: { kind: 'start' }, mode: 'log' }
const attach: FollowOutputInput = { ...log, mode: 'attach', size: { cols: 80, rows: 24 } }

/** Collects a stream; `until` resolves when its condition holds, checked at every event. */
const collect = (client: SallyportClient, input: FollowOutputInput, over: Partial<OutputHandlers> = {}) => {
  const events: string[] = []
  const chunks: OutputChunk[] = []
  const waiting = new Set<() => void>()
  const note = (event: string) => {
    events.push(event)
    for (const check of waiting) check()
  }
  const seen = {
    events,
    chunks,
    text: () => Buffer.concat(chunks.map(({ bytes }) => bytes)).toString(),
    failure: undefined as unknown,
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!condition()) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    stream: undefined as unknown as OutputStream,
  }
  seen.stream = followOutput(client, input, {
    opened: (_event, resumed) => note(resumed ? 'resumed' : 'opened'),
    bytes: (chunk) => {
      chunks.push(chunk)
      note('bytes')
      return Promise.resolve()
    },
    gap: ({ from, to }) => note(`gap ${from}-${to}`),
    size: (_size, owned) => note(owned ? 'owned' : 'size'),
    interrupted: () => note('interrupted'),
    end: () => note('end'),
    failed: (error) => {
      seen.failure = error
      note('failed')
    },
    ...over,
  })
  opened.push(seen.stream)
  return seen
}

test('no byte is missing or doubled across ten deaths of the daemon, and every stream has a new viewer', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id })
  const seen = collect(connect(daemon).client, log)
  let expected = ''
  for (let round = 0; round < 10; round += 1) {
    const line = `round ${round} ${'x'.repeat(round * 20_000)}\n`
    expected += line
    daemon.sessions.append(entry, line.slice(0, 9))
    await seen.until(() => seen.text().endsWith(line.slice(0, 9)))
    await daemon.kill()
    daemon.sessions.append(entry, line.slice(9))
    await daemon.listen()
    await seen.until(() => seen.text() === expected)
  }
  daemon.sessions.end(entry, 0)
  await seen.until(() => seen.events.includes('end'))
  expect(seen.text()).toBe(expected)
  expect(new Set(daemon.sessions.viewers).size).toBe(daemon.sessions.viewers.length)
  expect(seen.events.filter((event) => event === 'resumed')).toHaveLength(10)
})

test('a megabyte flows through the window with few acknowledgements', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id })
  const seen = collect(connect(daemon).client, log)
  daemon.sessions.append(entry, Buffer.alloc(4 * 1024 * 1024, 'x'))
  daemon.sessions.end(entry, 0)
  await seen.until(() => seen.events.includes('end'))
  expect(seen.text()).toHaveLength(4 * 1024 * 1024)
  expect(daemon.sessions.maxUnacknowledged).toBeLessThanOrEqual(320 * 1024)
  expect(daemon.sessions.acknowledged.length).toBeLessThanOrEqual(64)
})

test('a consumer that draws nothing holds the daemon back, and goes on when it has drawn', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id })
  daemon.sessions.append(entry, Buffer.alloc(1024 * 1024, 'x'))
  daemon.sessions.end(entry, 0)
  let received = 0
  const { client } = connect(daemon)
  const seen = collect(client, log, {
    bytes: (chunk) => {
      received = chunk.offset + chunk.bytes.byteLength
      return undefined
    },
  })
  await seen.until(() => seen.events.includes('opened'))
  // Answered behind everything that the daemon was willing to send.
  while (received < 256 * 1024) await client.session.list.query()
  await client.session.list.query()
  expect(received).toBeLessThanOrEqual(320 * 1024)
  const drawing = setInterval(() => seen.stream.drawn(received), 1)
  await seen.until(() => seen.events.includes('end'))
  clearInterval(drawing)
  expect(received).toBe(1024 * 1024)
})

test('bytes are marked from the offset on at which this terminal answers queries', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id })
  daemon.sessions.append(entry, '0123456789')
  daemon.sessions.answersFrom = 4
  const seen = collect(connect(daemon).client, attach)
  await seen.until(() => seen.text().length === 10)
  expect(
    seen.chunks.map(({ offset, bytes, answerable }) => [offset, Buffer.from(bytes).toString(), answerable]),
  ).toEqual([
    [0, '0123', false],
    [4, '456789', true],
  ])
  expect(seen.events).toContain('owned')
})

test('what was typed while the daemon is away is refused, and never reaches the session later', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.add({ id })
  const seen = collect(connect(daemon).client, attach)
  await seen.until(() => seen.events.includes('opened'))
  await seen.stream.write(Buffer.from('a'))
  await daemon.kill()
  await seen.until(() => seen.events.includes('interrupted'))
  const failure = connectionFailure(await seen.stream.write(Buffer.from('b')).catch((error: unknown) => error))
  expect(failure).toBeInstanceOf(ConnectionLostError)
  expect((failure as ConnectionLostError).sent).toBe(false)
  await daemon.listen()
  await seen.until(() => seen.events.includes('resumed'))
  await seen.stream.write(Buffer.from('c'))
  expect(daemon.sessions.written.map(({ text }) => text)).toEqual(['a', 'c'])
})

test('a paste of three megabytes arrives whole, in frames that the daemon takes', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.add({ id })
  const seen = collect(connect(daemon).client, attach)
  await seen.until(() => seen.events.includes('opened'))
  const paste = Buffer.from(Array.from({ length: 3 * 1024 * 1024 }, (_, n) => 97 + (n % 26)))
  const pasted = seen.stream.write(paste)
  const typed = seen.stream.write(Buffer.from('!'))
  await Promise.all([pasted, typed])
  expect(daemon.sessions.written.map(({ text }) => text).join('')).toBe(`${paste.toString()}!`)
})

test('a resized terminal comes back with its new size', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.add({ id })
  const seen = collect(connect(daemon).client, attach)
  await seen.until(() => seen.events.includes('opened'))
  await seen.stream.resize({ cols: 132, rows: 50 })
  await daemon.kill()
  daemon.received.length = 0
  await daemon.listen()
  await seen.until(() => seen.events.includes('resumed'))
  expect(daemon.received).toContainEqual(
    expect.objectContaining({
      params: expect.objectContaining({ input: expect.objectContaining({ size: { cols: 132, rows: 50 } }) }),
    }),
  )
})

test('a stream that the daemon refuses while it starts is asked for again', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id })
  daemon.sessions.append(entry, 'one ')
  const seen = collect(connect(daemon).client, log)
  await seen.until(() => seen.text() === 'one ')
  await daemon.kill()
  daemon.sessions.failures.set('session.output', 'unavailable')
  daemon.sessions.append(entry, 'two')
  await daemon.listen()
  await seen.until(() => seen.text() === 'one two')
  expect(seen.failure).toBeUndefined()
})

test('a stream that is refused from the start fails at once', async () => {
  await using daemon = await TestDaemon.start()
  daemon.sessions.failures.set('session.output', 'at_capacity')
  const seen = collect(connect(daemon).client, log)
  await seen.until(() => seen.events.includes('failed'))
  expect(errorData(seen.failure)?.code).toBe('at_capacity')
})

test('a consumer that fails to draw ends the stream', async () => {
  await using daemon = await TestDaemon.start()
  const entry = daemon.sessions.add({ id })
  daemon.sessions.append(entry, 'x')
  const seen = collect(connect(daemon).client, log, { bytes: () => Promise.reject(new Error('pipe closed')) })
  await seen.until(() => seen.events.includes('failed'))
  expect(seen.failure).toMatchObject({ message: 'pipe closed' })
})
