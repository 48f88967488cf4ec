/// <reference lib="dom" />
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { brokenRules } from './fixtures/accessibility.ts'
import { ageProofs, codeOf, isSignedIn, onboard, PASSWORD, signInAgain, type TestAccount } from './fixtures/account.ts'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'
import { SessionPage } from './pages/session-page.ts'
import { OnboardingPage, SignInPage } from './pages/sign-in-page.ts'

/** A folder to leave pictures of every page in, to be looked at. */
const shots = process.env.SALLYPORT_SHOTS

const NEXT_PASSWORD = 'second-Canary-horse-battery'

/** Gives a page the cookies of an account that signed in without one. */
const lendCookies = async (page: Page, daemon: TestDaemon, account: Pick<TestAccount, 'browser'>): Promise<void> => {
  const cookies = [...account.browser.cookies].map(([name, value]) => ({ name, value, url: daemon.url }))
  await page.context().addCookies(cookies)
}

test('somebody who never saw it goes from the first page to a signed-in dashboard, and comes back with password and code', async ({
  daemon,
  page,
  context,
}) => {
  const setupPassword = (await daemon.ok('password')).trim()
  const sent: string[] = []
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
  await page.goto(daemon.url)
  await expect(page).toHaveURL(`${daemon.url}/sign-in`)
  await expect(page.getByRole('heading', { name: 'Set up Sallyport' })).toBeVisible()
  await expect(page.getByText('sallyport password').first()).toBeVisible()
  const signIn = new SignInPage(page)
  await signIn.typePassword('not-the-setup-password', 'Continue')
  await expect(page.getByText('This setup password is wrong.')).toBeVisible()
  await signIn.typePassword(setupPassword, 'Continue')

  const setup = new OnboardingPage(page)
  await setup.choosePassword('password1', 'ada')
  await expect(page.getByText(/common|often|guess/i).first()).toBeVisible()
  await setup.choosePassword(setupPassword)
  await expect(page.getByRole('heading', { name: 'Choose your name and password' })).toBeVisible()
  await setup.choosePassword(PASSWORD)
  const secret = await setup.secret()
  // A reload stays at the step; the new key is the one that counts.
  await page.reload()
  const fresh = await setup.secret()
  expect(fresh).not.toBe(secret)
  await expect(page.getByRole('img', { name: 'QR code of the key' })).toBeVisible()
  await setup.confirm('000000')
  await expect(page.getByText(/This code is not right/)).toBeVisible()
  await setup.confirm(codeOf(fresh))
  const codes = await setup.recoveryCodes()
  expect(new Set(codes).size).toBe(10)
  await setup.saved()
  await signIn.isSignedIn()

  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await signIn.typePassword('not-my-Canary-password')
  await expect(page.getByText('This password is wrong.')).toBeVisible()
  await signIn.typePassword(PASSWORD)
  await signIn.code.fill(codeOf(fresh, 1))
  await signIn.isSignedIn()

  await page.getByRole('button', { name: 'Sign out' }).click()
  await signIn.typePassword(PASSWORD)
  await signIn.useRecoveryCode((codes[0] ?? '').toUpperCase())
  await expect(page.getByText(/^9 recovery codes are left/)).toBeVisible()
  await page.getByRole('button', { name: 'Open the dashboard' }).click()
  await signIn.isSignedIn()

  // Neither password was ever sent, and the page keeps nothing.
  for (const password of [setupPassword, PASSWORD]) expect(sent.filter((one) => one.includes(password))).toEqual([])
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))
  for (const one of [setupPassword, PASSWORD, secret, fresh, ...codes]) expect(kept).not.toContain(one)
  for (const { httpOnly, sameSite } of await context.cookies())
    expect({ httpOnly, sameSite }).toEqual({ httpOnly: true, sameSite: 'Strict' })
})

test('whoever forgets the password is back in by the command line, with the second factor as before', async ({
  daemon,
  page,
}) => {
  const account = await onboard(daemon)
  const password = (await daemon.ok('auth', 'reset-password', '--generate')).trim()
  expect(await isSignedIn(account.browser)).toBe(false)
  await page.goto(daemon.url)
  const signIn = new SignInPage(page)
  await signIn.typePassword(account.password)
  await expect(page.getByText('This password is wrong.')).toBeVisible()
  await signIn.typePassword(password)
  await signIn.code.fill(codeOf(account.totpSecret, 1))
  await signIn.isSignedIn()

  // A lost phone: the next sign-in enrols a new one.
  await daemon.ok('auth', 'reset-mfa', '--yes')
  await expect(page.getByRole('heading', { name: 'This browser was signed out' })).toBeVisible()
  await signIn.typePassword(password)
  const setup = new OnboardingPage(page)
  await setup.confirm(codeOf(await setup.secret()))
  expect(await setup.recoveryCodes()).not.toContain(account.recoveryCodes[0])
  await setup.saved()
  await signIn.isSignedIn()
})

test('an expired sign-in says so and returns to the page; the sign-in by keyboard alone works', async ({
  page,
  startDaemon,
}) => {
  const daemon = await startDaemon({ SALLYPORT_PASSWORD: PASSWORD, SALLYPORT_AUTH_SESSION_DURATION: '15m' })
  const id = (await daemon.ok('start', '--name', 'build', '--', 'sleep', '1000')).trim()
  await page.goto(`${daemon.url}/sessions/${id}`)
  await expect(page.getByRole('textbox', { name: /password$/i })).toBeFocused()
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${daemon.url}/sessions/${id}`)
  await daemon.end('SIGTERM')
  execFileSync(
    process.execPath,
    [
      '-e',
      `const { createClient } = require('@libsql/client'); const c = createClient({ url: 'file:' + process.argv[1] });
       c.execute('UPDATE "AuthSession" SET "expiresAt" = "createdAt"').then(() => c.close())`,
      join(daemon.dataDir, 'sallyport.db'),
    ],
    { cwd: join(import.meta.dirname, '../packages/database') },
  )
  await daemon.start()
  await expect(page.getByRole('heading', { name: 'Your session has expired' })).toBeVisible({ timeout: 20_000 })
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${daemon.url}/sessions/${id}`)
})

test('a change of the password asks for a proof, ends every other browser within a second, and leaves this one and the command line alone', async ({
  daemon,
  page,
  browser,
}) => {
  const account = await onboard(daemon)
  const other = await signInAgain(daemon, account, 0)
  const counting = 'i=0; while sleep 0.05; do i=$((i+1)); echo tick $i; done'
  const id = (await daemon.ok('start', '--name', 'ticks', '--', 'sh', '-c', counting)).trim()
  await ageProofs(daemon)
  await lendCookies(page, daemon, account)

  const context = await browser.newContext()
  const watching = await context.newPage()
  await lendCookies(watching, daemon, { browser: other })
  await watching.goto(`${daemon.url}/sessions/${id}`)
  await new SessionPage(watching).ready()
  const follower = daemon.spawnCli(['logs', '-f', 'ticks'])
  let followed = ''
  follower.stdout?.setEncoding('utf8').on('data', (chunk) => {
    followed += chunk
  })

  await page.goto(`${daemon.url}/settings`)
  await page
    .getByRole('button', { name: /^Change/ })
    .first()
    .click()
  await page.getByRole('dialog').getByLabel('New password').fill(NEXT_PASSWORD)
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await proof.getByRole('textbox', { name: /password$/i }).fill('wrong-Canary-guess-battery')
  await proof.getByRole('button', { name: 'Confirm', exact: true }).click()
  await expect(proof.getByText(/wrong/)).toBeVisible()
  const closed = new Promise<number>((resolve) => watching.on('framenavigated', () => resolve(performance.now())))
  await proof.getByRole('textbox', { name: /password$/i }).fill(account.password)
  const answered = page
    .waitForResponse((response) => response.url().includes('finishPasswordChange'))
    .then(() => performance.now())
  await proof.getByRole('button', { name: 'Confirm', exact: true }).click()
  expect((await closed) - (await answered)).toBeLessThan(1000)
  await expect(watching.getByRole('heading', { name: 'This browser was signed out' })).toBeVisible()
  expect(await isSignedIn(other)).toBe(false)

  await expect(page.getByText(/other device was signed out|1 other/i).first()).toBeVisible()
  const before = followed.length
  await expect.poll(() => followed.length).toBeGreaterThan(before)
  await page.goto(`${daemon.url}/sessions/${id}`)
  await new SessionPage(page).ready()
  follower.kill()
  await context.close()

  await page.context().clearCookies()
  await page.goto(daemon.url)
  await new SignInPage(page).typePassword(NEXT_PASSWORD)
  await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible()
})

test('the list of devices shows all of them, ends one and then all others; a launch link in the same browser is a proof too', async ({
  daemon,
  page,
}) => {
  const account = await onboard(daemon)
  const [second, third] = [await signInAgain(daemon, account, 0), await signInAgain(daemon, account, 1)]
  await ageProofs(daemon)
  await lendCookies(page, daemon, account)
  await page.goto((await daemon.ok('open', '--print')).trim())
  await expect(page).toHaveURL(`${daemon.url}/sessions`)
  // Still three: the link proved this browser anew instead of adding a fourth.
  expect(JSON.parse(await daemon.ok('auth', 'sessions', '--json')).authSessions).toHaveLength(3)

  await page.getByRole('link', { name: 'Settings' }).click()
  const devices = page.locator('#devices')
  await expect(devices.getByRole('listitem')).toHaveCount(3)
  await expect(devices.getByText('This browser')).toHaveCount(1)
  await devices
    .getByRole('button', { name: /^Sign out Chrome/ })
    .first()
    .click()
  await expect(devices.getByRole('listitem')).toHaveCount(2)
  expect([await isSignedIn(second), await isSignedIn(third)].sort()).toEqual([false, true])
  await devices.getByRole('button', { name: 'Sign out all others…' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Sign out/ })
    .click()
  await expect(devices.getByText('No other device is signed in to this account.')).toBeVisible()
  expect([await isSignedIn(second), await isSignedIn(third)]).toEqual([false, false])
  expect(await isSignedIn(account.browser)).toBe(false)
  await expect(page.locator('#events').getByRole('listitem').first()).toBeVisible()
})

const windows = [
  { name: 'desktop', viewport: { width: 1440, height: 900 } },
  { name: 'phone', viewport: { width: 390, height: 844 } },
] as const

for (const { name, viewport } of windows) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page of the sign-in can be read and used by everybody: ${name}, ${colorScheme}`, async ({
      daemon,
      visitor,
    }) => {
      const setupPassword = (await daemon.ok('password')).trim()
      const page = await visitor({ viewport, colorScheme })
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL('**/sign-in*')
      const look = async (what: string): Promise<void> => {
        await page.evaluate(() =>
          Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))),
        )
        if (shots) await page.screenshot({ path: join(shots, `${what}-${name}-${colorScheme}.png`), fullPage: true })
        expect.soft(await brokenRules(page), what).toEqual([])
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect.soft(sideways, `${what} scrolls sideways`).toBeLessThanOrEqual(0)
      }
      const signIn = new SignInPage(page)
      await page.goto('/sign-in')
      await expect(signIn.password).toBeVisible()
      await look('sign-in-first-run')
      await signIn.typePassword('wrong', 'Continue')
      await expect(page.getByText('This setup password is wrong.')).toBeVisible()
      await look('sign-in-wrong')
      await signIn.typePassword(setupPassword, 'Continue')
      const setup = new OnboardingPage(page)
      await expect(page.getByLabel('Your own password')).toBeVisible()
      await look('onboarding-password')
      await setup.choosePassword(PASSWORD)
      const secret = await setup.secret()
      await look('onboarding-authenticator')
      await setup.confirm(codeOf(secret))
      const codes = await setup.recoveryCodes()
      await look('onboarding-recovery-codes')
      await setup.saved()
      await signIn.isSignedIn()
      await page.goto('/settings')
      await expect(page.locator('#devices').getByRole('listitem')).toHaveCount(1)
      await expect(page.locator('#events').getByRole('listitem').first()).toBeVisible()
      await look('settings')
      await page.goto('/settings/danger')
      await page.getByRole('button', { name: 'Sign out here' }).click()
      await signIn.typePassword(PASSWORD)
      await expect(signIn.code).toBeVisible()
      await look('second-factor')
      await signIn.useRecoveryCode(codes[0] ?? '')
      await expect(page.getByText(/recovery codes are left/)).toBeVisible()
      await look('recovered')
    })
  }
}
