import { get } from 'node:http'
import { expect } from '@playwright/test'
import { CallRefused, HttpBrowser } from '@sallyport/testing/http-browser'
import { isSignedIn, onboard, signInAgain } from './fixtures/account.ts'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'

/** HTTP status of an upgrade; 101: it opened. */
const upgrade = async ({ url }: TestDaemon, path: string, cookie: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      origin: url,
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...(cookie === '' ? {} : { cookie }),
    }
    get(`${url}${path}`, { headers }, (response) => resolve(response.resume().statusCode))
      .on('upgrade', (_response, socket) => resolve(socket.destroy() && 101))
      .on('error', reject)
  })

const cookieHeader = ({ cookies }: HttpBrowser): string => [...cookies].map((pair) => pair.join('=')).join('; ')

const refusal = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof CallRefused ? error.code : String(error)),
  )

test('somebody in the middle of a setup gets no WebSocket, and nothing but the setup', async ({ daemon }) => {
  const browser = new HttpBrowser(daemon)
  expect(await browser.signIn((await daemon.ok('password')).trim())).toBe('onboarding')
  expect(await browser.query('auth.whoami')).toMatchObject({ kind: 'onboarding', step: 'password' })
  expect(await upgrade(daemon, '/trpc', cookieHeader(browser))).toBe(401)
  expect(await refusal(browser.mutate('auth.startTotp'))).toBe('unauthenticated')
  expect(await refusal(browser.mutate('session.create', { provider: 'command', command: ['true'] }))).toBe(
    'unauthenticated',
  )
  expect((await browser.send('GET', '/sessions/x/log?format=raw')).status).toBe(401)
})

test('a token counts in its cookie only: not in a query string, not in a header, not under another name', async ({
  daemon,
}) => {
  const { browser } = await onboard(daemon)
  const token = browser.cookies.get(`sallyport_${daemon.port}`) ?? ''
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
  for (const path of [
    `/trpc?token=${token}`,
    `/trpc?sallyport_${daemon.port}=${token}`,
    `/trpc?connectionParams=1&cookie=${token}`,
  ]) {
    expect(await upgrade(daemon, path, ''), path).toBe(401)
  }
  for (const headers of [
    { Authorization: `Bearer ${token}` },
    { 'X-Auth-Token': token },
    { Cookie: `sallyport=${token}` },
  ]) {
    const stranger = new HttpBrowser({ url: daemon.url, headers })
    expect(await isSignedIn(stranger), JSON.stringify(Object.keys(headers))).toBe(false)
  }
  expect(await upgrade(daemon, '/trpc', cookieHeader(browser))).toBe(101)
})

test('a planted cookie never becomes valid, and a cookie is worth nothing after signing out', async ({ daemon }) => {
  const account = await onboard(daemon)
  const victim = new HttpBrowser(daemon)
  const planted = 'A'.repeat(43)
  for (const name of [
    `sallyport_${daemon.port}`,
    `sallyport_sign_in_${daemon.port}`,
    `sallyport_device_${daemon.port}`,
  ]) {
    victim.cookies.set(name, planted)
  }
  expect(await victim.signIn(account.password)).toBe('second_factor')
  await victim.mutate('auth.verifySecondFactor', { method: 'recovery_code', code: account.recoveryCodes[0] })
  expect(await isSignedIn(victim)).toBe(true)
  expect([...victim.cookies.values()]).not.toContain(planted)
  const attacker = new HttpBrowser(daemon)
  attacker.cookies.set(`sallyport_${daemon.port}`, planted)
  expect(await isSignedIn(attacker)).toBe(false)

  const kept = new Map(victim.cookies)
  await victim.mutate('auth.signOut')
  for (const [name, value] of kept) victim.cookies.set(name, value)
  expect(await isSignedIn(victim)).toBe(false)
  expect(await upgrade(daemon, '/trpc', cookieHeader(victim))).toBe(401)
})

test('what the socket alone may do is 403 over the network, even for an owner who signed in a moment ago', async ({
  daemon,
}) => {
  const { browser } = await onboard(daemon)
  for (const [path, input] of [
    ['auth.revealPassword', undefined],
    ['auth.resetPassword', {}],
    ['auth.resetSecondFactor', {}],
    ['auth.unlock', {}],
    ['auth.createTicket', {}],
    ['auth.revokeAll', undefined],
  ] as const) {
    const error = await browser.mutate(path, input).catch((reason: unknown) => reason)
    expect(error, path).toMatchObject({ status: 403, code: 'socket_only' })
  }
})

test('kill -9 in the middle of a setup leaves an account that can be set up, and after the password one that can sign in', async ({
  daemon,
}) => {
  const first = new HttpBrowser(daemon)
  expect(await first.signIn((await daemon.ok('password')).trim())).toBe('onboarding')
  await daemon.end('SIGKILL')
  await daemon.start()
  expect(await first.query('auth.whoami')).toMatchObject({ kind: 'anonymous' })
  const account = await onboard(daemon)
  await daemon.end('SIGKILL')
  await daemon.start()
  expect(await isSignedIn(account.browser)).toBe(true)
  expect(await isSignedIn(await signInAgain(daemon, account, 0))).toBe(true)
})
