import { get } from 'node:http'
import { expect, type Page } from '@playwright/test'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'
import { SessionPage } from './pages/session-page.ts'

const launchLink = async (daemon: TestDaemon, ...session: string[]): Promise<string> =>
  (await daemon.ok('open', ...session, '--print')).trim()

/** Milliseconds from the answer of the command to the end of the page's connection; below zero when that came first. */
const closedAfter = async (page: Page, command: () => Promise<unknown>): Promise<number> => {
  const socket = await connectionOf(page)
  const closed = socket.waitForEvent('close').then(() => performance.now())
  await command()
  const answeredAt = performance.now()
  return (await closed) - answeredAt
}

/** Loads the page once more, to see its connection from the start. */
const connectionOf = async (page: Page) => {
  const opened = page.waitForEvent('websocket')
  await page.reload()
  const socket = await opened
  await new SessionPage(page).ready()
  return socket
}

test('a launch link signs one browser in, once, and its ticket is gone from the address', async ({
  daemon,
  page,
  context,
  browser,
}) => {
  const link = await launchLink(daemon)
  expect(link).toMatch(/^http:\/\/localhost:\d+\/launch#[A-Za-z0-9_-]{43}$/)
  const ticket = link.split('#')[1] ?? ''
  const requested: string[] = []
  page.on('request', (request) => requested.push(request.url(), request.headers().referer ?? ''))
  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'Sessions', exact: true })).toBeVisible()
  expect(page.url()).toBe(`${daemon.url}/sessions`)
  expect(requested.filter((url) => !url.endsWith(`/launch#${ticket}`) && url.includes(ticket))).toEqual([])
  await page.goBack()
  expect(page.url()).not.toContain(ticket)

  const cookies = (await context.cookies()).sort((a, b) => (a.name < b.name ? -1 : 1))
  const ours = { domain: 'localhost', path: '/', httpOnly: true, sameSite: 'Strict' }
  expect(cookies).toMatchObject([
    { ...ours, name: `sallyport_${daemon.port}`, value: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) },
    { ...ours, name: `sallyport_device_${daemon.port}` },
  ])

  const other = await browser.newContext()
  const second = await other.newPage()
  await second.goto(link)
  await expect(second.getByRole('heading', { name: 'This link does not sign you in' })).toBeVisible()
  await expect(second.getByRole('alert').first()).toHaveText(
    'This link was used already or is too old. Run `sallyport open` again.',
  )
  expect(second.url()).toBe(`${daemon.url}/launch`)
  expect(await other.cookies()).toEqual([])
  await other.close()
})

test('a link that is cut short or made up is refused with a sentence, and a good one pasted after it works', async ({
  daemon,
  page,
  context,
}) => {
  await page.goto(`${daemon.url}/launch#short`)
  await expect(page.getByRole('alert').first()).toHaveText('This link is not complete.')
  await page.goto(`${daemon.url}/launch#${'A'.repeat(43)}`)
  await expect(page.getByRole('alert').first()).toContainText('used already or is too old')
  expect(page.url()).toBe(`${daemon.url}/launch`)
  expect(await context.cookies()).toEqual([])
  await page.goto(await launchLink(daemon))
  await expect(page).toHaveURL(`${daemon.url}/sessions`)
})

test('a link to a session leads to that session', async ({ daemon, page }) => {
  const id = (await daemon.ok('start', '--name', 'build', '--', 'sleep', '1000')).trim()
  await page.goto(await launchLink(daemon, 'build'))
  await expect(page).toHaveURL(`${daemon.url}/sessions/${id}`)
  await expect(page.getByRole('heading', { name: 'build' })).toBeVisible()
})

test('a browser that is not signed in is told what to type, and gets the page it wanted afterwards', async ({
  daemon,
  page,
}) => {
  const id = (await daemon.ok('start', '--name', 'build', '--', 'sleep', '1000')).trim()
  await page.goto(`${daemon.url}/sessions/${id}`)
  await expect(page).toHaveURL(`${daemon.url}/sign-in`)
  await expect(page.getByRole('heading', { name: 'Set up Sallyport' })).toBeVisible()
  await expect(page.getByRole('code').filter({ hasText: /^sallyport open$/ })).toBeVisible()
  await page.goto(await launchLink(daemon))
  await expect(page).toHaveURL(`${daemon.url}/sessions/${id}`)
})

test('a connection without a live cookie is refused with 401 before it opens', async ({ daemon, page }) => {
  await page.goto(`${daemon.url}/sign-in`)
  const close = await page.evaluate(
    () =>
      new Promise<{ opened: boolean; code: number }>((resolve) => {
        const socket = new WebSocket('/trpc')
        let opened = false
        socket.onopen = () => {
          opened = true
        }
        socket.onclose = ({ code }) => resolve({ opened, code })
      }),
  )
  expect(close).toEqual({ opened: false, code: 1006 })
  for (const cookie of [undefined, `sallyport_${daemon.port}=${'A'.repeat(43)}`]) {
    const status = await new Promise((resolve, reject) => {
      const headers = {
        connection: 'upgrade',
        upgrade: 'websocket',
        origin: daemon.url,
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...(cookie === undefined ? {} : { cookie }),
      }
      get(`${daemon.url}/trpc`, { headers }, (response) => resolve(response.resume().statusCode))
        .on('upgrade', (_response, socket) => resolve(socket.destroy() && 101))
        .on('error', reject)
    })
    expect(status).toBe(401)
  }
})

test('signing out ends the cookie, on both sides', async ({ daemon, page, context, signIn }) => {
  await signIn(page)
  const sessionCookie = async () => (await context.cookies()).find(({ name }) => name === `sallyport_${daemon.port}`)
  const cookie = await sessionCookie()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in?reason=left')
  expect(await sessionCookie()).toBeUndefined()
  expect(JSON.parse(await daemon.ok('auth', 'sessions', '--json')).authSessions).toEqual([])
  if (cookie) await context.addCookies([cookie])
  await page.goto(`${daemon.url}/sessions`)
  await page.waitForURL('**/sign-in*')
})

test('auth revoke ends a live page within a second, the page says so, and a new link leads back to it', async ({
  daemon,
  page,
  visitor,
  signIn,
}) => {
  const id = (await daemon.ok('start', '--name', 'build', '--', 'sh')).trim()
  await signIn(page)
  await page.goto(`${daemon.url}/sessions/${id}`)
  const other = await visitor()
  const { authSessions } = JSON.parse(await daemon.ok('auth', 'sessions', '--json'))
  expect(authSessions).toHaveLength(2)
  const first = authSessions.sort((a: { createdAt: string }, b: { createdAt: string }) =>
    a.createdAt < b.createdAt ? -1 : 1,
  )[0]

  const ms = await closedAfter(page, () => daemon.ok('auth', 'revoke', first.id))
  test.info().annotations.push({ type: 'closed after revoke', description: `${Math.round(ms)} ms` })
  expect(ms).toBeLessThan(1000)
  await page.waitForURL('**/sign-in?reason=revoked')
  await expect(other.getByRole('heading', { name: 'Sessions', exact: true })).toBeVisible()

  await page.goto(await launchLink(daemon))
  await expect(page).toHaveURL(`${daemon.url}/sessions/${id}`)
  const session = new SessionPage(page)
  await session.ready()
  await session.run('echo back-$((40 + 2))')
  await session.shows('back-42')
})

test('auth revoke-all ends every page within a second', async ({ daemon, visitor }) => {
  await daemon.ok('start', '--name', 'build', '--', 'sleep', '1000')
  const pages = [await visitor(), await visitor()]
  for (const page of pages) await page.goto(`${daemon.url}/sessions/build`)
  const sockets = await Promise.all(pages.map(connectionOf))
  const closed = Promise.all(sockets.map((socket) => socket.waitForEvent('close'))).then(() => performance.now())
  await daemon.ok('auth', 'revoke-all')
  const answeredAt = performance.now()
  expect((await closed) - answeredAt).toBeLessThan(1000)
  for (const page of pages) await page.waitForURL('**/sign-in?reason=revoked')
})
