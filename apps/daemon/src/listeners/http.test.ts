import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { GOOD_TOKEN, startListener } from '../testing/listening.ts'
import { openRaw, parseAnswer, rawRequest, readToEnd } from '../testing/raw-http.ts'

test('health is answered while the api is still loading, on both loopbacks', async () => {
  await using daemon = await startListener({
    api: () => new Promise(() => undefined),
    problems: () => ['the api is not ready'],
  })
  for (const host of ['127.0.0.1', '::1']) {
    const answer = await rawRequest({ port: daemon.port, host }, [
      'GET /healthz HTTP/1.1',
      `Host: localhost:${daemon.port}`,
    ])
    expect(answer.status).toBe(200)
  }
  const ready = await fetch(`${daemon.url}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toEqual({ ready: false, reasons: ['the api is not ready'] })
  expect((await fetch(`${daemon.url}/assets/index-4f2a.js`)).status).toBe(200)
})

test('a rebound host name gets a page with the line to add, and is recorded', async () => {
  await using daemon = await startListener()
  for (const path of ['/', '/assets/index-4f2a.js', '/healthz', '/trpc/echo']) {
    const answer = await rawRequest(daemon, [`GET ${path} HTTP/1.1`, 'Host: evil.example:8447'])
    expect(answer.status).toBe(421)
    expect(answer.body).toContain('public_urls: [&quot;http://evil.example:8447&quot;]')
    expect(answer.body).not.toContain('<script')
  }
  expect(daemon.refusals).toHaveLength(4)
  expect(daemon.refusals[0]).toEqual({
    kind: 'request',
    peer: '127.0.0.1',
    reason: 'foreign_host',
    target: 'http://evil.example:8447',
  })
})

test.each([
  [['GET / HTTP/1.1', 'Host: localhost', 'Host: evil.example'], 400],
  [['GET / HTTP/1.1'], 400],
  [['GET http://evil.example/ HTTP/1.1', 'Host: localhost'], 400],
  [['GET / HTTP/1.1', 'Host: user@localhost'], 400],
  [['GET / HTTP/1.1', 'Host: localhost', 'Origin: http://evil.example'], 403],
  [['GET / HTTP/1.1', 'Host: localhost', 'Origin: null'], 403],
  [['POST /trpc/setCookie HTTP/1.1', 'Host: localhost', 'Cookie: sallyport_1=x', 'Content-Length: 0'], 403],
  [
    [
      'GET /assets/index-4f2a.js HTTP/1.1',
      'Host: localhost',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: no-cors',
      'Sec-Fetch-Dest: script',
    ],
    403,
  ],
])('%j → %i', async (lines, status) => {
  await using daemon = await startListener()
  expect((await rawRequest(daemon, lines)).status).toBe(status)
})

test('every answer carries the headers of W9 and no version', async () => {
  await using daemon = await startListener()
  for (const path of ['/', '/nothing', '/healthz', '/trpc/echo', '/assets/index-4f2a.js']) {
    const { headers } = await fetch(`${daemon.url}${path}`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('server')).toBeNull()
    expect(headers.get('cache-control')).toBe(
      path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
    )
  }
})

test('each page load has a nonce of its own, in the policy and in the page', async () => {
  await using daemon = await startListener()
  const nonces = new Set<string>()
  const paths = [
    '/',
    '/sessions',
    '/sessions/0123456789ab',
    '/launch',
    '/sign-in',
    '/onboarding',
    '/settings',
    '/settings/second-factor',
  ]
  for (const path of paths) {
    const response = await fetch(`${daemon.url}${path}`)
    expect(response.status).toBe(200)
    const html = await response.text()
    const nonce = /content="([^"]+)"/.exec(html)?.[1] ?? ''
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types solid app-worker`,
    )
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(paths.length)
})

test('the sign-in worker may run WebAssembly and talk to nobody; no other file may', async () => {
  await using daemon = await startListener()
  const policyOf = async (name: string) =>
    (await fetch(`${daemon.url}/assets/${name}`)).headers.get('content-security-policy')
  expect(await policyOf('sign-in-worker-Bz_9-x1.js')).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'",
  )
  expect(await policyOf('index-4f2a.js')).not.toContain('wasm')
  expect(await policyOf('sign-in-worker-none.js')).not.toContain('wasm')
})

test.each([
  '/index.html',
  '/index%2ehtml',
  '/.env',
  '/%2eenv',
  '/secret.json',
  '/assets/.hidden',
  '/assets/%2ehidden',
  '/assets/../.env',
  '/assets/..%2f.env',
  '/assets/%2e%2e/.env',
  '/assets/..%5c.env',
  '/assets/%00',
  '/assets/%',
  '/assets',
  '/assets/',
  '/nothing',
  '/sessions/',
  '/sessions/a/b',
  '/sign-in/',
  '/onboarding/x',
  '/settings/',
  '/settings/a/b',
  '/settings/..%2f..',
  '/settings/Profile',
])('%s is no file and no page of ours', async (path) => {
  await using daemon = await startListener()
  const answer = await rawRequest(daemon, [`GET ${path} HTTP/1.1`, 'Host: localhost'])
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect(answer.body).not.toContain('secret')
  expect(answer.body).not.toContain('__CSP')
})

test('files answer HEAD and If-None-Match', async () => {
  await using daemon = await startListener()
  const url = `${daemon.url}/assets/index-4f2a.js`
  const head = await fetch(url, { method: 'HEAD' })
  expect(head.headers.get('content-length')).toBe('15')
  // Not by fetch, which adds `no-cache` to conditional requests.
  const again = await rawRequest(daemon, [
    'GET /assets/index-4f2a.js HTTP/1.1',
    'Host: localhost',
    `If-None-Match: ${head.headers.get('etag')}`,
  ])
  expect(again.status).toBe(304)
})

test('page loads on an address go to localhost with the port that the browser used', async () => {
  await using daemon = await startListener()
  for (const [name, location] of [
    ['127.0.0.1:9000', 'http://localhost:9000/sessions?x=1'],
    ['[::1]', 'http://localhost/sessions?x=1'],
  ]) {
    const answer = await rawRequest(daemon, ['GET /sessions?x=1 HTTP/1.1', `Host: ${name}`])
    expect([answer.status, answer.headers.get('location')]).toEqual([308, location])
  }
  expect((await rawRequest(daemon, ['GET /healthz HTTP/1.1', 'Host: 127.0.0.1'])).status).toBe(200)
})

test('calls work over HTTP, ten in a batch and not eleven, streams not at all', async () => {
  await using daemon = await startListener()
  const input = encodeURIComponent(JSON.stringify({ text: 'hi' }))
  expect(await (await fetch(`${daemon.url}/trpc/echo?input=${input}`)).json()).toEqual({ result: { data: 'hi' } })
  const batch = (count: number) => {
    const inputs = Object.fromEntries(Array.from({ length: count }, (_, index) => [index, { text: 'x' }]))
    const paths = Array.from({ length: count }, () => 'echo').join(',')
    return fetch(`${daemon.url}/trpc/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`)
  }
  expect((await batch(10)).status).toBe(200)
  const before = daemon.calls()
  expect((await batch(11)).status).toBe(400)
  expect(daemon.calls()).toBe(before)
  const stream = await fetch(`${daemon.url}/trpc/ticks`, { headers: { Accept: 'text/event-stream' } })
  expect(stream.status).toBe(400)
  expect(await stream.text()).toContain('Streams exist over WebSocket only.')
})

test('a forwarded request is not direct loopback', async () => {
  await using daemon = await startListener()
  const isDirect = async (headers: string[]) =>
    JSON.parse((await rawRequest(daemon, ['GET /trpc/connection HTTP/1.1', 'Host: localhost', ...headers])).body).result
      .data.directLoopback as boolean
  expect(await isDirect([])).toBe(true)
  expect(await isDirect(['X-Forwarded-For: 127.0.0.1'])).toBe(false)
  expect(await isDirect(['Forwarded: for=127.0.0.1'])).toBe(false)
  expect(await isDirect(['Via: 1.1 proxy'])).toBe(false)
})

test('a body may have 64 KiB, signed in 1 MiB, announced or not', async () => {
  await using daemon = await startListener()
  const post = async (bytes: number, headers: Record<string, string>, chunked = false) => {
    const body = JSON.stringify({ text: 'x'.repeat(bytes) })
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(body))
        controller.close()
      },
    })
    const response = await fetch(`${daemon.url}/trpc/length`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: daemon.url, ...headers },
      ...(chunked ? { body: stream, duplex: 'half' as const } : { body }),
    })
    await response.arrayBuffer()
    return response.status
  }
  const signedIn = { Cookie: `sallyport_${daemon.port}=${GOOD_TOKEN}` }
  expect(await post(60_000, {})).toBe(200)
  expect(await post(70_000, {})).toBe(413)
  expect(await post(70_000, {}, true)).toBe(413)
  expect(await post(70_000, signedIn)).toBe(200)
  expect(await post(10_000_000, signedIn)).toBe(413)
  expect(await post(10_000_000, signedIn, true)).toBe(413)
})

test('a log is downloaded whole, as an attachment with a safe name', async () => {
  await using daemon = await startListener()
  const response = await fetch(`${daemon.url}/sessions/known/log?format=raw`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="a__b__.log"')
  expect(response.headers.get('content-type')).toBe('application/octet-stream')
  expect((await response.arrayBuffer()).byteLength).toBe(300_008)
  expect((await fetch(`${daemon.url}/sessions/other/log`)).status).toBe(404)
  expect((await fetch(`${daemon.url}/sessions/known/log?format=html`)).status).toBe(400)
})

test('a header of 100 KB is refused with 431', async () => {
  await using daemon = await startListener()
  expect((await rawRequest(daemon, ['GET / HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(100_000)}`])).status).toBe(
    431,
  )
})

test('headers that never end, and connections that say nothing, are closed', async () => {
  await using daemon = await startListener({ timeouts: { headersMs: 300, requestMs: 600, checkEveryMs: 50 } })
  const [slow, silent, body] = [openRaw(daemon), openRaw(daemon), openRaw(daemon)]
  const ends = [slow, silent, body].map(readToEnd)
  slow.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  body.write(
    'POST /trpc/length HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  )
  const answers = await Promise.all(ends)
  expect(parseAnswer(answers[0] ?? '').status).toBe(408)
  expect(parseAnswer(answers[2] ?? '').status).toBe(408)
})

test('1000 idle connections from one address get 64 places, and others are answered meanwhile', async () => {
  await using daemon = await startListener()
  const idle = Array.from({ length: 1000 }, () => openRaw({ port: daemon.port, from: '127.0.0.2' }))
  const closed = idle.map((socket) =>
    once(
      socket.on('error', () => undefined),
      'close',
    ).then(() => socket),
  )
  // 936 are closed at once; the answer below comes while the others sit there.
  await waitFor(closed, 1000 - 64)
  expect(daemon.slots.open()).toBe(64)
  expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200)
  expect(daemon.refusals.every(({ reason, peer }) => reason === 'too_many_connections' && peer === '127.0.0.2')).toBe(
    true,
  )
  for (const socket of idle) socket.destroy()
  await Promise.all(closed)
})

test('connections of all addresses together are capped, and a place that was given back is used again', async () => {
  await using daemon = await startListener({ caps: { total: 3, perAddress: 2 } })
  const hold = async (from: string): Promise<Socket> => {
    const socket = openRaw({ port: daemon.port, from }).on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  const held = [await hold('127.0.0.2'), await hold('127.0.0.2'), await hold('127.0.0.3')]
  const refused = await hold('127.0.0.4')
  await once(refused.resume(), 'close')
  expect(daemon.slots.open()).toBe(3)
  held[0]?.destroy()
  await untilOpen(daemon, 2)
  expect((await rawRequest(daemon, ['GET /healthz HTTP/1.1', 'Host: localhost'])).status).toBe(200)
  for (const socket of held) socket.destroy()
})

/** The daemon sees a close in the turn after a connection of ours has been refused or answered: every round trip is such a turn. */
const untilOpen = async (daemon: { slots: { open(): number }; port: number }, count: number): Promise<void> => {
  while (daemon.slots.open() > count) await new Promise((resolve) => setImmediate(resolve))
}

const waitFor = (promises: readonly Promise<unknown>[], count: number): Promise<void> =>
  new Promise((resolve) => {
    let settled = 0
    for (const promise of promises) {
      promise.then(() => {
        settled += 1
        if (settled === count) resolve()
      })
    }
  })
