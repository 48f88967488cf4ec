import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { expect } from '@playwright/test'
import { CallRefused, HttpBrowser } from '@sallyport/testing/http-browser'
import { registerPassword } from '@sallyport/testing/password-browser'
import { ageProofs, codeOf, isSignedIn, onboard, PASSWORD, signInAgain } from './fixtures/account.ts'
import type { TestDaemon } from './fixtures/daemon.ts'
import { openRawSocket } from './fixtures/raw-websocket.ts'
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

test('a socket that was opened with a copied cookie is not lifted by what the owner proves, and ends when the password changes', async ({
  daemon,
}) => {
  const account = await onboard(daemon)
  const owner = account.browser
  await ageProofs(daemon)
  const thief = await openRawSocket(daemon, cookieHeader(owner))
  const askedByThief = async (): Promise<unknown> =>
    (await thief.answer(thief.call('mutation', 'auth.startTotp'))).error
  expect(await askedByThief()).toMatchObject({ data: { code: 'step_up_required' } })
  await owner.mutate('auth.proveWithCode', { code: codeOf(account.totpSecret, 1) })
  expect(await refusal(owner.mutate('auth.startTotp'))).toBe('ok')
  expect(await askedByThief()).toMatchObject({ data: { code: 'step_up_required' } })

  const { stretching, serverId } = await owner.query<Parameters<typeof registerPassword>[0]>('auth.signInOptions')
  const record = await registerPassword({
    password: `${PASSWORD}-next`,
    stretching,
    serverId,
    start: (request) => owner.mutate('auth.startPasswordChange', { request }),
  })
  await owner.mutate('auth.finishPasswordChange', { record })
  const answeredAt = performance.now()
  expect(await thief.closed).toBe(1012)
  expect(performance.now() - answeredAt).toBeLessThan(1000)
  expect(await isSignedIn(owner)).toBe(true)
})

test('a stream cannot be had over HTTP, where nobody would end it, however its name is spelled', async ({ daemon }) => {
  const { browser } = await onboard(daemon)
  for (const path of ['session.changes', 'session%2Echanges', 'session%2echanges', 'auth.whoami,session%2Echanges']) {
    const answer = await browser.send('GET', `/trpc/${path}?batch=1&input=%7B%7D`)
    expect(answer.status, path).toBeGreaterThanOrEqual(400)
    expect(answer.headers['content-type'], path).not.toContain('event-stream')
  }
})

test('ten wrong tickets of somebody else on this machine do not shut the launch link of the owner out', async ({
  daemon,
}) => {
  const stranger = new HttpBrowser(daemon)
  for (let index = 0; index < 12; index += 1) {
    expect(await refusal(stranger.mutate('auth.redeemTicket', { ticket: 'A'.repeat(43) }))).not.toBe('ok')
  }
  const ticket = (await daemon.ok('open', '--print')).trim().split('#')[1]
  const owner = new HttpBrowser(daemon)
  expect(await refusal(owner.mutate('auth.redeemTicket', { ticket }))).toBe('ok')
})

test('SIGUSR1 opens no debugger in daemon or keeper: it would hand every secret in memory to every user of the machine', async ({
  daemon,
}) => {
  for (const pid of [daemon.pid, await daemon.keeperPid()]) {
    process.kill(pid, 'SIGUSR1')
    // What the signal does is done before the next answer of the same process.
    await daemon.ok('list')
    const listening = execFileSync('find', [`/proc/${pid}/fd`, '-lname', 'socket:*', '-printf', '%l\\n'], {
      encoding: 'utf8',
    })
    const inodes = new Set(listening.match(/\d+/g))
    const debuggers = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local, , state, , , , , , inode]) => state === '0A' && local?.endsWith(':240D') && inodes.has(inode ?? ''),
      )
    expect(debuggers).toEqual([])
  }
  expect(daemon.output).not.toContain('Debugger listening')
})
