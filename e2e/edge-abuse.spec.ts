import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect } from '@playwright/test'
import { cborCodec } from '@sallyport/contract/codec'
import { anonymousBytes } from './fixtures/processes.ts'
import { openRawSocket, type RawSocket, signInByTicket, slowestCallDuring } from './fixtures/raw-websocket.ts'
import { openClient } from './fixtures/socket-client.ts'
import { test } from './fixtures/test.ts'

const MIB = 1024 * 1024
/** Generous: both cores may be busy with another test. */
const ANSWERS_WITHIN_MS = 2_000

test('a hostile WebSocket is refused call by call or closed by its code, and others are answered meanwhile', async ({
  daemon,
}) => {
  const cookie = await signInByTicket(daemon)
  const open = () => openRawSocket(daemon, cookie)
  const refused = async (socket: RawSocket, id: number) => (await socket.answer(id)).error?.data

  const slowest = await slowestCallDuring(daemon, cookie, async () => {
    const calls = await open()
    expect(calls.status).toBe(101)
    expect(await refused(calls, calls.call('query', 'no.such'))).toMatchObject({ code: 'not_found' })
    expect(await refused(calls, calls.call('query', '__proto__.constructor'))).toMatchObject({ code: 'not_found' })
    expect(await refused(calls, calls.call('query', 'session.create', {}))).toMatchObject({
      httpStatus: expect.any(Number),
    })
    for (const input of [7, 'x', [], null, { session: 7 }, { session: { $ne: 1 } }]) {
      expect
        .soft(await refused(calls, calls.call('query', 'session.get', input)))
        .toMatchObject({ code: 'bad_request' })
    }
    expect(
      await refused(calls, calls.call('mutation', 'session.write', { session: 'none', data: 'text' })),
    ).toMatchObject({
      code: 'bad_request',
    })
    expect(calls.answers.every(({ error }) => !JSON.stringify(error ?? '').includes('/work/'))).toBe(true)

    const frames: [string, Uint8Array, number, number?][] = [
      [
        '1000 calls',
        cborCodec.encode(
          Array.from({ length: 1000 }, (_, id) => ({ id, method: 'query', params: { path: 'auth.whoami' } })),
        ),
        1008,
      ],
      ['malformed CBOR', Uint8Array.of(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1007],
      [
        'tag 27, which calls a function by name',
        Uint8Array.of(0xd8, 27, 0x82, 0x64, 0x65, 0x76, 0x61, 0x6c, 0x61, 0x31),
        1007,
      ],
      ['deep nesting', new Uint8Array(100_000).fill(0x81), 1007],
      ['a text frame', new TextEncoder().encode('{"id":1}'), 1003, 1],
      ['5 MB', new Uint8Array(5 * MIB), 1009],
    ]
    for (const [name, payload, code, opcode] of frames) {
      const socket = await open()
      socket.send(payload, opcode === undefined ? {} : { opcode })
      expect.soft(await socket.closed, name).toBe(code)
      expect.soft(socket.answers, name).toEqual([])
    }
    const claimed = await open()
    claimed.send(new Uint8Array(10), { claim: 2 ** 52 })
    expect.soft(await claimed.closed).toBe(1009)
    calls.destroy()
  })
  expect(slowest).toBeLessThan(ANSWERS_WITHIN_MS)
})

test('hostile HTTP is refused by its status, and others are answered meanwhile', async ({ daemon }) => {
  const cookie = await signInByTicket(daemon)
  const headers = { Cookie: cookie, Origin: daemon.url, 'Content-Type': 'application/json' }
  const post = (path: string, body: string) => fetch(`${daemon.url}/trpc/${path}`, { method: 'POST', headers, body })
  const status = (options: object, body?: string): Promise<number | string> =>
    new Promise((resolve) => {
      const call = request({ host: '127.0.0.1', port: daemon.port, method: 'POST', ...options }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
      call.end(body)
    })
  const slowest = await slowestCallDuring(daemon, cookie, async () => {
    const host = { Host: `localhost:${daemon.port}` }
    expect.soft((await post('no.such', '{}')).status).toBe(404)
    expect.soft((await post('session.kill', '{"session":')).status).toBe(400)
    expect.soft((await post('session.kill', '[1,2]')).status).toBe(400)
    expect.soft(await status({ path: '/', headers: { ...host, 'X-Large': 'x'.repeat(100_000) } })).toBe(431)
    expect
      .soft(
        await status(
          { path: '/trpc/session.kill', headers: { ...host, ...headers, 'Content-Length': 10 * MIB } },
          'x'.repeat(10 * MIB),
        ),
      )
      .toBe(413)
    expect
      .soft(
        await status(
          { path: '/trpc/session.kill', headers: { ...host, ...headers, 'Transfer-Encoding': 'chunked' } },
          'x'.repeat(10 * MIB),
        ),
      )
      .toBe(413)
    const batch = Array.from({ length: 500 }, () => 'auth.whoami').join(',')
    const answer = await fetch(`${daemon.url}/trpc/${batch}?batch=1&input=${encodeURIComponent('{}')}`, {
      headers: { Cookie: cookie },
    })
    expect.soft(answer.status).toBe(400)
    expect.soft((await answer.text()).length).toBeLessThan(2000)
    expect.soft(await status({ path: '/trpc/session.output', headers: { ...host, ...headers } }, '{}')).toBe(400)
  })
  expect(slowest).toBeLessThan(ANSWERS_WITHIN_MS)
})

test('1000 idle connections from 127.0.0.2 and slow headers from 127.0.0.3 hold nobody else up, and their places come back', async ({
  daemon,
}) => {
  const cookie = await signInByTicket(daemon)
  const sockets: Socket[] = []
  const open = (localAddress: string, first: string): Socket => {
    const socket = connect({ host: '127.0.0.1', port: daemon.port, localAddress })
    socket.on('error', () => undefined)
    socket.on('connect', () => socket.write(first))
    socket.resume()
    sockets.push(socket)
    return socket
  }
  try {
    const slowest = await slowestCallDuring(daemon, cookie, async () => {
      const idle = Array.from({ length: 1000 }, () => open('127.0.0.2', ''))
      await expect.poll(() => idle.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(64)
      const slow = open('127.0.0.3', 'GET / HTTP/1.1\r\nHost: localhost\r\n')
      const drip = setInterval(() => slow.write('X-A: b\r\n'), 500)
      const startedAt = Date.now()
      await once(slow, 'close')
      clearInterval(drip)
      expect(Date.now() - startedAt).toBeLessThan(14_000)
      await expect.poll(() => idle.filter(({ closed }) => !closed).length).toBe(0)
    })
    expect(slowest).toBeLessThan(ANSWERS_WITHIN_MS)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})

test('the 17th stream of a browser and the 65th of all are refused with 503, and every kind of close gives a place back', async ({
  daemon,
}) => {
  test.setTimeout(90_000)
  await daemon.ok('start', '--name', 'quiet', '--', 'sleep', '1000')
  const cookies: string[] = []
  for (let browser = 0; browser < 5; browser += 1) cookies.push(await signInByTicket(daemon))
  let last = 0
  const follow = (socket: RawSocket): number => {
    last += 1
    return socket.call('subscription', 'session.output', {
      session: 'quiet',
      from: { kind: 'start' },
      mode: 'log',
      viewer: String(last).padStart(32, '0'),
    })
  }
  const outcome = async (socket: RawSocket): Promise<string> => {
    const { error, result } = await socket.answer(follow(socket))
    return error === undefined ? String(result?.type) : `${error.data.code} ${error.data.httpStatus}`
  }
  const sockets = await Promise.all(cookies.map((cookie) => openRawSocket(daemon, cookie)))
  const [first, second, third, fourth, fifth] = sockets
  if (!first || !second || !third || !fourth || !fifth) throw new Error('five sockets')
  for (let stream = 0; stream < 16; stream += 1) expect(await outcome(first)).toBe('data')
  expect(await outcome(first)).toBe('at_capacity 503')
  const other = await openRawSocket(daemon, cookies[0] ?? '')
  expect(await outcome(other)).toBe('at_capacity 503')
  for (const socket of [second, third, fourth]) {
    for (let stream = 0; stream < 16; stream += 1) expect(await outcome(socket)).toBe('data')
  }
  expect(await outcome(fifth)).toBe('at_capacity 503')
  // Cut off without a word.
  first.destroy()
  await expect.poll(() => outcome(fifth), { intervals: [300] }).toBe('data')
  // Asked to stop.
  second.call('subscription', 'session.output', undefined)
  // Revoked.
  await daemon.ok('auth', 'revoke-all')
  expect(await second.closed).toBe(4401)
  expect(await third.closed).toBe(4401)
  const cookie = await signInByTicket(daemon)
  const again = await openRawSocket(daemon, cookie)
  for (let stream = 0; stream < 16; stream += 1) expect(await outcome(again)).toBe('data')
  for (const socket of [...sockets, other, again]) socket.destroy()
})

test('a viewer id of another connection, an acknowledgement or an offset beyond the end change nothing', async ({
  daemon,
}) => {
  await daemon.ok('start', '--name', 'small', '--', 'sh', '-c', 'printf hello; exec sleep 1000')
  const [cookie, foreign] = [await signInByTicket(daemon), await signInByTicket(daemon)]
  const [mine, theirs] = [await openRawSocket(daemon, cookie), await openRawSocket(daemon, foreign)]
  const viewer = 'a'.repeat(32)
  const attach = { session: 'small', mode: 'attach', from: { kind: 'start' }, size: { cols: 80, rows: 24 } }
  await mine.answer(mine.call('subscription', 'session.output', { ...attach, viewer }))
  const code = async (socket: RawSocket, id: number) => (await socket.answer(id)).error?.data.code ?? 'ok'

  expect.soft(await code(theirs, theirs.call('subscription', 'session.output', { ...attach, viewer }))).toBe('conflict')
  const data = new TextEncoder().encode('x')
  expect
    .soft(await code(theirs, theirs.call('mutation', 'session.write', { session: 'small', data, viewer })))
    .toBe('forbidden')
  expect
    .soft(await code(theirs, theirs.call('mutation', 'session.takeControl', { session: 'small', viewer })))
    .toBe('forbidden')
  expect
    .soft(
      await code(theirs, theirs.call('mutation', 'session.resize', { session: 'small', cols: 30, rows: 10, viewer })),
    )
    .toBe('forbidden')
  // Acknowledgements are messages without an answer: the next call on the same socket shows that it took them.
  for (const [socket, offset] of [
    [theirs, 3],
    [mine, 2 ** 50],
    [mine, -1],
    [mine, Number.NaN],
  ] as const) {
    socket.send(cborCodec.encode({ method: 'acknowledge', viewer, offset }))
    expect.soft(await code(socket, socket.call('query', 'auth.whoami')), `offset ${offset}`).toBe('ok')
  }

  const logFrom = (more: object, extra: object = {}) =>
    mine.call(
      'subscription',
      'session.output',
      {
        session: 'small',
        mode: 'log',
        from: { kind: 'start' },
        viewer: Math.random().toString(16).slice(2).padEnd(32, '0').slice(0, 32),
        ...more,
      },
      extra,
    )
  expect.soft(await code(mine, logFrom({ from: { kind: 'offset', offset: -5 } }))).toBe('bad_request')
  expect.soft(await code(mine, logFrom({ from: { kind: 'offset', offset: 6 } }))).toBe('bad_request')
  expect.soft(await code(mine, logFrom({ from: { kind: 'offset', offset: 1.5 } }))).toBe('bad_request')
  expect.soft(await code(mine, logFrom({}, { lastEventId: '99999' }))).toBe('bad_request')
  expect.soft(await code(mine, logFrom({}, { lastEventId: '-1' }))).toBe('bad_request')
  expect.soft(await code(mine, logFrom({}, { lastEventId: '1e1' }))).toBe('bad_request')
  expect.soft(await code(mine, logFrom({ session: '../../etc' }))).not.toBe('ok')
  const { session } = JSON.parse(await daemon.ok('get', 'small', '--json'))
  expect(session).toMatchObject({ state: 'running', cols: 80, rows: 24 })
  for (const socket of [mine, theirs]) socket.destroy()
})

test('a peer that asks and never reads the answers costs bounded memory', async ({ daemon }) => {
  // Long command lines make long lists: 600 KB an answer, 12 MB a second.
  const args = Array.from({ length: 3 }, () => 'y'.repeat(100_000))
  for (const name of ['one', 'two']) await daemon.ok('start', '--name', name, '--', 'true', ...args)
  const cookie = await signInByTicket(daemon)
  const deaf = await openRawSocket(daemon, cookie)
  const before = anonymousBytes(daemon.pid)
  deaf.pause()
  const timer = setInterval(() => deaf.call('query', 'session.list'), 55)
  await new Promise((resolve) => setTimeout(resolve, 15_000))
  clearInterval(timer)
  const grownBytes = anonymousBytes(daemon.pid) - before
  deaf.destroy()
  expect(grownBytes).toBeLessThan(64 * MIB)
})

test('many sessions with long command lines can still be listed', async ({ daemon }) => {
  const { client, connection } = openClient(daemon)
  // 450 KB each, within what a session may be started with.
  const command = ['true', ...Array.from({ length: 5 }, () => 'y'.repeat(90_000))]
  for (let index = 0; index < 40; index += 1) {
    await client.session.create.mutate({ provider: 'command', command, cwd: '/', env: {}, envIsComplete: true })
  }
  connection.close()
  const { code, stdout, stderr } = await daemon.cli('list', '--json')
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(JSON.parse(stdout).sessions).toHaveLength(40)
})
