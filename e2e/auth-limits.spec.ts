import { expect } from '@playwright/test'
import { CallRefused, type HttpAnswer, HttpBrowser } from '@sallyport/testing/http-browser'
import { isSignedIn, onboard, PASSWORD, signInAgain } from './fixtures/account.ts'
import { startNginx } from './fixtures/nginx.ts'
import { test } from './fixtures/test.ts'

const WRONG = 'not-the-Canary-battery-staple'
/** What clients of the library send first: any well-formed message takes a point. */
const REQUEST = 'BGpjVDBYR1dQb0k2a3JMdkx3cThLMkZ1'

/** `ok`, or the code of the refusal. */
const outcome = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof CallRefused) return error.code
      throw error
    },
  )

const from = (daemon: { readonly url: string }, localAddress: string): HttpBrowser =>
  new HttpBrowser({ url: daemon.url, localAddress })

const guess = async (browser: HttpBrowser, user?: string): Promise<string> => outcome(browser.signIn(WRONG, user))

const count = (outcomes: readonly string[], wanted: string): number => outcomes.filter((one) => one === wanted).length

test('twenty guesses at once from one address: ten are looked at, the rest is told how long to wait; another address signs in', async ({
  startDaemon,
}) => {
  const daemon = await startDaemon({ SALLYPORT_PASSWORD: PASSWORD })
  // At twenty accounts: the limit of one account would be reached before that of the address.
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => guess(from(daemon, '127.0.0.2'), `user${index}`)),
  )
  expect(count(outcomes, 'sign_in_failed')).toBe(10)
  expect(count(outcomes, 'too_many_requests')).toBe(10)
  const refusal: unknown = await from(daemon, '127.0.0.2')
    .startSignIn(WRONG)
    .catch((error: unknown) => error)
  const { answer } = refusal as { answer: HttpAnswer }
  expect(answer.status).toBe(429)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(600)
  expect(await from(daemon, '127.0.0.3').signIn(PASSWORD)).toBe('signed_in')
})

test('a forged X-Forwarded-For opens no fresh bucket, and a batch of ten starts takes ten points', async ({
  startDaemon,
}) => {
  const daemon = await startDaemon({ SALLYPORT_PASSWORD: PASSWORD })
  const forged = Array.from(
    { length: 15 },
    (_, index) =>
      new HttpBrowser({
        url: daemon.url,
        localAddress: '127.0.0.4',
        headers: { 'X-Forwarded-For': `198.51.100.${index}`, Forwarded: `for=198.51.100.${index}` },
      }),
  )
  const outcomes: string[] = []
  for (const browser of forged) outcomes.push(await guess(browser))
  expect(count(outcomes, 'sign_in_failed')).toBeLessThanOrEqual(10)
  expect(outcomes.at(-1)).toBe('too_many_requests')

  const batched = from(daemon, '127.0.0.5')
  const paths = Array.from({ length: 10 }, () => 'auth.startSignIn').join(',')
  const inputs = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, { request: REQUEST }]))
  await batched.send('POST', `/trpc/${paths}?batch=1`, JSON.stringify(inputs))
  expect(await guess(batched)).toBe('too_many_requests')
})

test('behind a listed nginx each client has its own bucket, the client cannot choose it, and a restart clears the windows', async ({
  startDaemon,
  atEnd,
}) => {
  const daemon = await startDaemon({ SALLYPORT_PASSWORD: PASSWORD, SALLYPORT_TRUST_PROXY: '127.0.0.1/32' })
  const nginx = await startNginx(daemon, 'http')
  atEnd(nginx.close)
  const client = (localAddress: string, forwardedFor: string) =>
    new HttpBrowser({ url: nginx.url, localAddress, headers: { 'X-Forwarded-For': forwardedFor } })
  const outcomes: string[] = []
  for (let index = 0; index < 12; index += 1) outcomes.push(await guess(client('127.0.0.2', `203.0.113.${index}`)))
  expect(count(outcomes, 'sign_in_failed')).toBeLessThanOrEqual(10)
  expect(outcomes.at(-1)).toBe('too_many_requests')
  const { authSessions } = JSON.parse(await daemon.ok('auth', 'sessions', '--json'))
  expect(authSessions).toEqual([])

  await daemon.end('SIGKILL')
  await daemon.start()
  const same = client('127.0.0.2', '203.0.113.9')
  expect(await same.signIn(PASSWORD)).toBe('signed_in')
  const after = JSON.parse(await daemon.ok('auth', 'sessions', '--json')).authSessions
  expect(after).toMatchObject([{ address: '127.0.0.2' }])
})

test('a listed proxy that speaks https gets Secure __Host- cookies and HSTS; nobody else can ask for them', async ({
  startDaemon,
  atEnd,
}) => {
  const name = 'sallyport.example.org'
  const daemon = await startDaemon({
    SALLYPORT_PASSWORD: PASSWORD,
    SALLYPORT_TRUST_PROXY: '127.0.0.1/32',
    SALLYPORT_PUBLIC_URLS: `https://${name}`,
  })
  const nginx = await startNginx(daemon, 'https')
  atEnd(nginx.close)
  const publicNames = { Host: name, Origin: `https://${name}` }
  const browser = new HttpBrowser({ url: nginx.url, headers: publicNames })
  expect(await browser.signIn(PASSWORD)).toBe('signed_in')
  expect([...browser.cookies.keys()].sort()).toEqual(['__Host-sallyport', '__Host-sallyport-device'])
  const page = await browser.send('GET', '/sign-in')
  expect(page.headers['strict-transport-security']).toMatch(/^max-age=\d+/)
  expect(await isSignedIn(browser)).toBe(true)

  // The same claim straight at the daemon, from an address that is no listed proxy.
  const direct = new HttpBrowser({
    url: daemon.url,
    localAddress: '127.0.0.6',
    headers: { ...publicNames, 'X-Forwarded-Proto': 'https' },
  })
  const answer = await direct.send('GET', '/sign-in')
  expect(answer.headers['strict-transport-security']).toBeUndefined()
})

test('nobody can lock the owner out: a spammer from many addresses, while the owner signs in from a known device', async ({
  startDaemon,
}) => {
  const daemon = await startDaemon()
  const account = await onboard(daemon)
  const known = account.browser
  await known.mutate('auth.signOut')
  // Past the ten free guesses of a client and past the five of the account, from all over 127/8.
  const spam = async (network: string): Promise<void> => {
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => guess(from(daemon, `${network}.${1 + (index % 30)}`))),
    )
    expect(count(outcomes, 'too_many_requests')).toBeGreaterThan(40)
  }
  await spam('127.0.1')
  expect(await known.signIn(account.password)).toBe('second_factor')
  await known.mutate('auth.verifySecondFactor', { method: 'recovery_code', code: account.recoveryCodes[0] })
  expect(await isSignedIn(known)).toBe(true)

  await spam('127.0.5')
  // An unknown device has to wait now, until somebody at the machine lets it in.
  expect(await outcome(from(daemon, '127.0.2.1').signIn(account.password))).toBe('too_many_requests')
  await daemon.ok('auth', 'unlock')
  expect(await from(daemon, '127.0.2.2').signIn(account.password)).toBe('second_factor')
})

test('an unknown user looks like a known one: status, fields and lengths', async ({ startDaemon }) => {
  const daemon = await startDaemon()
  await onboard(daemon, { user: 'ada' })
  const shapes = []
  for (const [index, user] of ['ada', 'eve'].entries()) {
    const browser = from(daemon, `127.0.3.${1 + index}`)
    const start = await browser.send('POST', '/trpc/auth.startSignIn', JSON.stringify({ user, request: REQUEST }))
    const finish = await browser.send('POST', '/trpc/auth.finishSignIn', JSON.stringify({ finish: 'A'.repeat(86) }))
    shapes.push({
      start: [
        start.status,
        start.body.replace(/"(subject|response)":"([^"]*)"/g, (_, key, value) => `${key}:${value.length}`),
      ],
      cookies: start.headers['set-cookie']?.map((line) => line.replace(/=[^;]*/, '')),
      finish: [finish.status, finish.body],
    })
  }
  expect(shapes[1]).toEqual(shapes[0])
})

test('a pending sign-in is worth nothing in another browser, a recorded exchange nothing later, the last message nothing twice', async ({
  startDaemon,
}) => {
  const daemon = await startDaemon()
  const account = await onboard(daemon)
  const victim = new HttpBrowser(daemon)
  const finish = await victim.startSignIn(account.password)
  const thief = from(daemon, '127.0.4.1')
  expect(await outcome(thief.mutate('auth.finishSignIn', { finish }))).toBe('sign_in_failed')
  // The thief starts one of his own, and sends the victim's message.
  await thief.startSignIn(WRONG)
  expect(await outcome(thief.mutate('auth.finishSignIn', { finish }))).toBe('sign_in_failed')
  const cookie = new Map(victim.cookies)
  expect(await victim.mutate('auth.finishSignIn', { finish })).toEqual({ next: 'second_factor' })
  for (const [name, value] of cookie) victim.cookies.set(name, value)
  expect(await outcome(victim.mutate('auth.finishSignIn', { finish }))).toBe('sign_in_failed')

  const other = await signInAgain(daemon, account, 0)
  expect(await isSignedIn(other)).toBe(true)
  // A recovery code counts once.
  await expect(signInAgain(daemon, account, 0)).rejects.toMatchObject({ code: 'sign_in_failed' })
})
