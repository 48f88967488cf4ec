import { once } from 'node:events'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { GOOD_TOKEN, startListener } from '../testing/listening.ts'
import { openRaw, rawRequest } from '../testing/raw-http.ts'

type Listening = Awaited<ReturnType<typeof startListener>>

/** 127.0.0.2 plays the proxy, 127.0.0.3 somebody else who can connect. */
const proxy = '127.0.0.2'
const stranger = '127.0.0.3'
const publicUrl = 'https://sally.example.org'
const start = (options = {}) => startListener({ trustProxy: [`${proxy}/32`], publicUrls: [publicUrl], ...options })

const get = (daemon: Listening, from: string, path: string, headers: readonly string[]) =>
  rawRequest({ port: daemon.port, from }, [`GET ${path} HTTP/1.1`, ...headers])
const factsOf = async (daemon: Listening, from: string, headers: readonly string[]) =>
  JSON.parse((await get(daemon, from, '/trpc/connection', headers)).body).result.data

const Host = 'Host: sally.example.org'
const forwarded = ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https']

describe('who it is', () => {
  test('a trusted proxy says it, everybody else says it of themselves in vain', async () => {
    await using daemon = await start()
    expect(await factsOf(daemon, proxy, [Host, ...forwarded])).toMatchObject({
      address: '192.0.2.1',
      peerAddress: proxy,
      viaTrustedProxy: true,
      directLoopback: false,
    })
    for (const headers of [forwarded, ['X-Forwarded-For: 127.0.0.1'], ['Forwarded: for=192.0.2.1'], ['X-Real-IP: ::1']])
      expect(await factsOf(daemon, stranger, [Host, ...headers])).toMatchObject({
        address: stranger,
        peerAddress: stranger,
        viaTrustedProxy: false,
      })
  })

  test('what a client put in front of it does not count, in one header or in two', async () => {
    await using daemon = await start()
    const addressOf = async (...headers: string[]) => (await factsOf(daemon, proxy, [Host, ...headers])).address
    expect(await addressOf('X-Forwarded-For: 127.0.0.1, 192.0.2.1')).toBe('192.0.2.1')
    expect(await addressOf('X-Forwarded-For: 127.0.0.1', 'X-Forwarded-For: 192.0.2.1')).toBe('192.0.2.1')
    expect(await addressOf('X-Forwarded-For: 192.0.2.1, unknown')).toBe(proxy)
    expect(await addressOf(`X-Forwarded-For: ${'1,'.repeat(7_000)}192.0.2.1`)).toBe('192.0.2.1')
  })

  test('a proxy on this machine does not make its clients local, whatever it forgets to say', async () => {
    await using daemon = await start()
    const isDirect = async (...headers: string[]) => (await factsOf(daemon, proxy, headers)).directLoopback
    expect(await isDirect('Host: localhost')).toBe(true)
    expect(await isDirect('Host: localhost', 'X-Forwarded-For: 127.0.0.1')).toBe(false)
    expect(await isDirect('Host: localhost', 'X-Forwarded-Proto: https')).toBe(false)
    expect(await isDirect(Host)).toBe(false)
  })

  test('a refusal is recorded under the client, not under the proxy that everybody shares', async () => {
    await using daemon = await start()
    await get(daemon, proxy, '/', ['Host: evil.example', ...forwarded])
    expect(daemon.refusals).toEqual([
      { kind: 'request', peer: '192.0.2.1', reason: 'foreign_host', target: 'https://evil.example' },
    ])
  })
})

describe('what it speaks', () => {
  const setCookie = async (daemon: Listening, from: string, headers: readonly string[], origin = publicUrl) =>
    (
      await rawRequest({ port: daemon.port, from }, [
        'POST /trpc/setCookie HTTP/1.1',
        `Origin: ${origin}`,
        'Content-Type: application/json',
        'Content-Length: 0',
        ...headers,
      ])
    ).headers.get('set-cookie')

  test('over https the cookie has its prefix and Secure, and the browser is told to stay', async () => {
    await using daemon = await start()
    expect(await setCookie(daemon, proxy, [Host, ...forwarded])).toBe(
      `__Host-sallyport=${GOOD_TOKEN}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure`,
    )
    const page = await get(daemon, proxy, '/sign-in', [Host, ...forwarded])
    expect(page.headers.get('strict-transport-security')).toBe('max-age=31536000')
    const token = (name: string) => factsOf(daemon, proxy, [Host, ...forwarded, `Cookie: ${name}=${GOOD_TOKEN}`])
    expect(await token('__Host-sallyport')).toMatchObject({ cookieToken: GOOD_TOKEN })
    // A page of the same name over http could have planted this one.
    expect(await token(`sallyport_${daemon.port}`)).toMatchObject({ cookieToken: null })
  })

  test('a stranger cannot claim https, nor a proxy that does not say it', async () => {
    await using daemon = await start()
    const plain = `sallyport_${daemon.port}=${GOOD_TOKEN}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict`
    expect(await setCookie(daemon, stranger, [Host, ...forwarded])).toBe(plain)
    expect(await setCookie(daemon, proxy, [Host, 'X-Forwarded-For: 192.0.2.1'])).toBe(plain)
    for (const [from, headers] of [
      [stranger, forwarded],
      [proxy, ['X-Forwarded-Proto: https', 'X-Forwarded-Proto: http']],
      [proxy, ['X-Forwarded-Proto: http, https']],
    ] as const)
      expect((await get(daemon, from, '/sign-in', [Host, ...headers])).headers.get('strict-transport-security')).toBe(
        undefined,
      )
  })

  test('localhost never gets HSTS: it would take http from every other program of the machine', async () => {
    await using daemon = await start()
    const { status, headers } = await get(daemon, proxy, '/sign-in', ['Host: localhost', ...forwarded])
    expect([status, headers.get('strict-transport-security')]).toEqual([200, undefined])
  })

  test('the owner may say it for a proxy that is not listed', async () => {
    await using daemon = await start({ trustProxy: [], forceSecureCookies: true })
    expect(await setCookie(daemon, stranger, [Host])).toMatch(/^__Host-sallyport=.*; Secure$/)
  })

  test('the same origin is that of the client: https behind the proxy, http beside it', async () => {
    await using daemon = await start()
    const status = async (from: string, origin: string, headers: readonly string[]) =>
      (await get(daemon, from, '/trpc/connection', ['Host: localhost', `Origin: ${origin}`, ...headers])).status
    expect(await status(proxy, 'https://localhost', forwarded)).toBe(200)
    expect(await status(proxy, 'http://localhost', forwarded)).toBe(403)
    expect(await status(stranger, 'https://localhost', forwarded)).toBe(403)
    expect(await status(stranger, 'http://localhost', [])).toBe(200)
  })

  test('a WebSocket takes the cookie of https and no other', async () => {
    await using daemon = await start()
    const dial = (name: string) =>
      new WebSocket(`ws://127.0.0.1:${daemon.port}/trpc`, {
        localAddress: proxy,
        headers: {
          Host: 'sally.example.org',
          Origin: publicUrl,
          'X-Forwarded-For': '192.0.2.1',
          'X-Forwarded-Proto': 'https',
          Cookie: `${name}=${GOOD_TOKEN}`,
        },
      })
    const ws = dial('__Host-sallyport')
    await once(ws, 'open')
    expect([...daemon.open].map(({ address, viaTrustedProxy }) => [address, viaTrustedProxy])).toEqual([
      ['192.0.2.1', true],
    ])
    ws.terminate()
    const refused = dial(`sallyport_${daemon.port}`).on('error', () => undefined)
    const [, response] = await once(refused, 'unexpected-response')
    expect(response.statusCode).toBe(401)
    response.destroy()
  })
})

test('the connections of a listed proxy are everybody, and not counted as those of one address', async () => {
  await using daemon = await start({ caps: { total: 10, perAddress: 2 } })
  const hold = async (from: string): Promise<Socket> => {
    const socket = openRaw({ port: daemon.port, from }).on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  const held = await Promise.all([...Array.from({ length: 5 }, () => hold(proxy)), hold(stranger), hold(stranger)])
  const refused = await hold(stranger)
  await once(refused.resume(), 'close')
  expect(daemon.slots.open()).toBe(7)
  expect(daemon.refusals.map(({ peer }) => peer)).toEqual([stranger])
  for (const socket of held) socket.destroy()
})

const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((it) => it?.family === 'IPv4' && !it.internal)?.address

test.runIf(ownAddress !== undefined)(
  'an address of the network is served under itself and never as direct loopback; localhost goes on working',
  async () => {
    await using daemon = await startListener({ host: ownAddress ?? '' })
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200)
    const ask = (host: string) =>
      rawRequest({ port: daemon.port, host: ownAddress ?? '' }, ['GET /trpc/connection HTTP/1.1', `Host: ${host}`])
    const answer = await ask(`${ownAddress}:${daemon.port}`)
    expect(JSON.parse(answer.body).result.data).toMatchObject({ address: ownAddress, directLoopback: false })
    expect(JSON.parse((await ask('localhost')).body).result.data).toMatchObject({ directLoopback: false })
    expect((await ask('evil.example')).status).toBe(421)
  },
)
