/// <reference lib="dom" />
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'
import { SessionPage } from './pages/session-page.ts'

/** A session that has printed exactly these bytes and waits. */
const printed = async (daemon: TestDaemon, name: string, text: string): Promise<void> => {
  const file = join(await mkdtemp(join(tmpdir(), 'sallyport-e2e-')), 'output')
  await writeFile(file, text)
  await daemon.ok('start', '--name', name, '--', 'sh', '-c', 'cat "$1"; exec cat', 'sh', file)
}

const osc = (text: string) => `\x1b]${text}\x07`
const link = (address: string, text: string) => `${osc(`8;;${address}`)}${text}${osc('8;;')}`

const clipboardOf = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

test('colours, links, titles and every other trick of a program break no policy and reach nothing but the terminal', async ({
  page,
  signIn,
  context,
  daemon,
}) => {
  const rainbow = Array.from({ length: 200 }, (_, row) =>
    Array.from({ length: 60 }, (_, column) => `\x1b[38;2;${row};${column * 4};90;48;2;${column};${row};30m#`).join(''),
  ).join('\x1b[0m\r\n')
  const tricks = [
    rainbow,
    '\x1b[0m\r\n\x1b[1;3;4;9;53mstyles\x1b[0m \x1b[4:3;58;2;255;0;0mcurly\x1b[0m',
    osc(`52;c;${Buffer.from('planted').toString('base64')}`),
    osc('0;<img src=x onerror="document.title=1"> \u202Egnp.exe \u2066x'),
    osc('4;1;rgb:ff/00/00'),
    link('javascript:alert(1)', 'press me'),
    '<script>alert(1)</script><img src=x onerror=alert(1)>',
    '\u202Eright to left\u202C \u05D0\u05D1\u05D2 \u{1F469}\u200D\u{1F4BB} \u0301\u0301\u0301',
    '\x1b[?1049h\x1b[?1049l\x1b[?1000h\x1b[?1000l\x1b[!p',
    '\x1b[38;2;1;200;3mlast-line\x1b[0m',
  ].join('\r\n')
  // On a light ground the terminal darkens colours that could not be read.
  await page.emulateMedia({ colorScheme: 'dark' })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page)
  await page.evaluate(() => navigator.clipboard.writeText('mine'))
  await printed(daemon, 'tricks', tricks)
  const session = new SessionPage(page)
  await session.open('tricks')
  await session.shows('last-line')
  // The colour got through the policy, or nothing would be proved by its silence.
  await expect(page.locator('.xterm-rows span').filter({ hasText: 'last-line' })).toHaveCSS('color', 'rgb(1, 200, 3)')
  await session.shows('<script>alert(1)</script><img src=x onerror=alert(1)>')
  await expect(page).toHaveTitle('<img src=x onerror="document.title=1"> gnp.exe x · tricks · Sallyport')
  await page.mouse.move(500, 500)
  await page.mouse.wheel(0, -2000)
  await page.getByRole('button', { name: 'Jump to latest' }).click()
  for (const colours of ['light', 'dark', 'like the system']) {
    await page.getByRole('button', { name: /^Colours:/ }).click()
    await expect(page.getByRole('button', { name: `Colours: ${colours}. Change` })).toBeVisible()
  }
  await page.getByRole('button', { name: 'Screen reader support in the terminal' }).click()
  await page.getByRole('button', { name: 'Larger text' }).click()
  await session.type('x')
  expect(await clipboardOf(page)).toBe('mine')
})

test('no page of ours breaks its own policy', async ({ page, signIn, daemon }) => {
  for (const path of ['/sign-in', '/launch', '/sign-in?reason=expired', '/sessions']) {
    const response = await page.goto(path)
    const policy = response?.headers()['content-security-policy'] ?? ''
    expect.soft(policy, path).toContain("default-src 'none'")
    expect.soft(policy, path).toContain("require-trusted-types-for 'script'")
    expect.soft(policy, path).not.toContain('unsafe-')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  }
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  await signIn(page)
  await page.getByRole('button', { name: 'New session' }).click()
  await page.getByRole('button', { name: 'Add a variable' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Actions for shell' }).click()
  await page.getByRole('menuitem', { name: 'Rename…' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Actions for shell' }).click()
  await page.getByRole('menuitem', { name: 'Kill…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
})

test('a link opens only after its address was shown, and only http and https', async ({
  page,
  signIn,
  context,
  daemon,
}) => {
  const asked: string[] = []
  await context.route(/evil\.example/, (route) => {
    asked.push(route.request().url())
    return route.fulfill({ body: 'opened' })
  })
  await printed(
    daemon,
    'links',
    `${link('https://user:pw@evil.example/real?x=1', 'https://bank.example/')}\r\nplain https://evil.example/plain here\r\n${link('javascript:alert(1)', 'press me')}\r\nend`,
  )
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('links')
  await session.shows('end')
  const question = page.getByRole('dialog')

  await session.click('bank.example')
  await expect(question).toContainText('https://evil.example/real?x=1')
  await expect(question).not.toContainText('user:pw')
  await question.getByRole('button', { name: 'Cancel' }).click()
  expect(context.pages()).toHaveLength(1)

  await session.click('evil.example/plain')
  await expect(question).toContainText('https://evil.example/plain')
  const [opened] = await Promise.all([context.waitForEvent('page'), question.locator('button[type=submit]').click()])
  await opened.waitForURL('https://evil.example/plain')
  expect(await opened.evaluate(() => window.opener)).toBeNull()
  expect(await opened.evaluate(() => document.referrer)).toBe('')
  await opened.close()

  await session.click('press me')
  await session.click('evil.example/plain')
  await expect(question).toContainText('https://evil.example/plain')
  expect(asked).toEqual(['https://evil.example/plain'])
})

test('a link that is printed under the pointer can be clicked at once', async ({ page, signIn, daemon }) => {
  await daemon.ok(
    'start',
    '--name',
    'late',
    '--',
    'sh',
    '-c',
    'stty -echo; printf ready; while read word; do printf "\\rhttp://example.test/%s " "$word"; done',
  )
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('late')
  await session.shows('ready')
  const question = page.getByRole('dialog')
  const pointer = await session.pointAt('ready')
  const later = { x: pointer.x + 400, y: pointer.y }
  await page.mouse.move(pointer.x, pointer.y)
  await daemon.ok('send', 'late', 'first')
  await session.shows('example.test/first')
  await page.mouse.click(pointer.x, pointer.y)
  await expect(question).toContainText('http://example.test/first')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await page.mouse.move(later.x, later.y)
  await daemon.ok('send', 'late', 'second')
  await session.shows('example.test/second')
  await page.mouse.click(pointer.x, pointer.y)
  await expect(question).toContainText('http://example.test/second')
})

/** A page of somebody else: the browser of the signed-in person has it open. Cookies know no ports, so SameSite alone would not stop it. */
const foreignPage = async () => {
  const server = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><title>evil</title><iframe name="frame"></iframe>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => server.close(resolve)) }
}

/** What the daemon answered to a page, also where the browser hides it from that page. */
const answersOf = async (page: Page, url: string): Promise<{ path: string; status: number }[]> => {
  const answers: { path: string; status: number }[] = []
  const asked = new Map<string, string>()
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  network.on('Network.requestWillBeSent', ({ requestId, request }) => asked.set(requestId, request.url))
  network.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    const to = asked.get(requestId) ?? ''
    if (to.startsWith(url)) answers.push({ path: to.slice(url.length), status: statusCode })
  })
  return answers
}

/** Everything that a page can try; says what it got. */
const attack = (page: Page, url: string) =>
  page.evaluate(async (daemon) => {
    const got: Record<string, string> = {}
    const attempt = async (name: string, input: string, init: RequestInit) => {
      got[name] = await fetch(input, { credentials: 'include', ...init }).then(
        async (response) => `${response.type} ${response.status} ${(await response.text()).length}`,
        (error: Error) => error.name,
      )
    }
    const body = JSON.stringify({ provider: 'command', command: ['touch', '/tmp/pwned'] })
    await attempt('read', `${daemon}/trpc/auth.whoami`, {})
    await attempt('readBlind', `${daemon}/trpc/session.list`, { mode: 'no-cors' })
    await attempt('write', `${daemon}/trpc/session.create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    await attempt('writeBlind', `${daemon}/trpc/session.create`, {
      method: 'POST',
      mode: 'no-cors',
      headers: { 'content-type': 'text/plain' },
      body,
    })
    await attempt('signOut', `${daemon}/trpc/auth.signOut`, { method: 'POST', mode: 'no-cors' })
    await attempt('page', `${daemon}/sessions`, {})
    const element = (name: string, tag: 'img' | 'script', src: string) =>
      new Promise<void>((resolve) => {
        const one = document.createElement(tag)
        const settle = (how: string) => {
          got[name] = how
          resolve()
        }
        one.onload = () => settle('loaded')
        one.onerror = () => settle('error')
        one.src = src
        document.body.append(one)
      })
    await element('img', 'img', `${daemon}/favicon.svg`)
    await element('script', 'script', `${daemon}/trpc/auth.whoami`)
    got.webSocket = await new Promise<string>((resolve) => {
      const socket = new WebSocket(`${daemon.replace('http', 'ws')}/trpc`)
      socket.onopen = () => resolve('open')
      socket.onclose = ({ code }) => resolve(`closed ${code}`)
    })
    const frame = document.querySelector('iframe')
    const framed = new Promise((resolve) => frame?.addEventListener('load', resolve, { once: true }))
    const form = document.createElement('form')
    Object.assign(form, { method: 'POST', action: `${daemon}/trpc/auth.signOut`, target: 'frame' })
    document.body.append(form)
    form.submit()
    await framed
    const again = new Promise((resolve) => frame?.addEventListener('load', resolve, { once: true }))
    if (frame) frame.src = `${daemon}/sessions`
    await again
    got.frame = frame?.contentDocument === null ? 'opaque' : 'readable'
    return got
  }, url)

test('a page of another origin can neither read nor write, though the browser is signed in', async ({
  browser,
  baseURL,
  daemon,
  signIn,
}) => {
  await daemon.ok('start', '--name', 'mine', '--', 'sleep', '1000')
  const context = await browser.newContext({ ...(baseURL === undefined ? {} : { baseURL }) })
  const evil = await foreignPage()
  try {
    const own = await context.newPage()
    await signIn(own)
    expect(await own.evaluate(() => fetch('/trpc/auth.whoami').then((response) => response.status))).toBe(200)

    // `localhost` is the same site as the daemon, so the browser sends the cookie; 127.0.0.1 is another.
    for (const host of ['localhost', '127.0.0.1']) {
      const page = await context.newPage()
      const answers = await answersOf(page, daemon.url)
      await page.goto(`http://${host}:${evil.port}/`)
      expect(await attack(page, daemon.url), host).toEqual({
        read: 'TypeError',
        readBlind: 'TypeError',
        write: 'TypeError',
        writeBlind: 'TypeError',
        signOut: 'TypeError',
        page: 'TypeError',
        img: 'error',
        script: 'error',
        webSocket: 'closed 1006',
        frame: 'opaque',
      })
      expect(new Set(answers.map(({ path }) => path)), host).toEqual(
        new Set([
          '/trpc/auth.whoami',
          '/trpc/session.list',
          '/trpc/session.create',
          '/trpc/auth.signOut',
          '/sessions',
          '/favicon.svg',
        ]),
      )
      expect(
        answers.filter(({ status }) => status !== 403),
        host,
      ).toEqual([])
      await page.close()
    }
    const { sessions } = JSON.parse(await daemon.ok('list', '--json'))
    expect(sessions.map(({ name }: { name: string }) => name)).toEqual(['mine'])
    expect(JSON.parse(await daemon.ok('auth', 'sessions', '--json')).authSessions).toHaveLength(1)
    expect(await own.evaluate(() => fetch('/trpc/auth.whoami').then((response) => response.status))).toBe(200)
  } finally {
    await evil.close()
    await context.close()
  }
})

test('a foreign name that resolves to this machine gets the page that says why, and nothing else', async ({
  playwright,
  daemon,
}) => {
  const options = test.info().project.use.launchOptions
  const browser = await playwright.chromium.launch({
    ...options,
    args: [...(options?.args ?? []), '--host-resolver-rules=MAP evil.test 127.0.0.1'],
  })
  try {
    // Without it the policy of the page itself would forbid every question, and the gate would not be asked.
    const page = await (await browser.newContext({ bypassCSP: true })).newPage()
    const url = `http://evil.test:${daemon.port}`
    const response = await page.goto(`${url}/sessions`)
    expect(response?.status()).toBe(421)
    expect(response?.headers()['content-security-policy']).toContain("default-src 'none'")
    await expect(page.locator('body')).toContainText('public_urls')
    await expect(page.locator('body')).toContainText('evil.test')
    expect(response?.headers()['set-cookie']).toBeUndefined()
    const got = await page.evaluate(async () => {
      const paths = ['/', '/favicon.svg', '/healthz', '/readyz', '/trpc/auth.whoami', '/launch', '/sessions/x/log']
      const statuses = await Promise.all(paths.map((path) => fetch(path).then(({ status }) => status)))
      const posted = await fetch('/trpc/auth.redeemTicket', { method: 'POST', body: '{}' })
      const socket = await new Promise((resolve) => {
        const webSocket = new WebSocket('/trpc')
        webSocket.onopen = () => resolve('open')
        webSocket.onerror = () => resolve('error')
      })
      return { statuses: [...statuses, posted.status], socket }
    })
    expect(got).toEqual({ statuses: Array(8).fill(421), socket: 'error' })
    for (const path of ['/', '/favicon.svg', '/healthz', '/trpc/auth.whoami', '/launch'])
      expect((await page.goto(`${url}${path}`))?.status(), path).toBe(421)
  } finally {
    await browser.close()
  }
})
