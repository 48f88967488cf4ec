/// <reference lib="dom" />
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { brokenRules } from './fixtures/accessibility.ts'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'
import { SessionListPage, StartDialog } from './pages/session-list-page.ts'
import { SessionPage } from './pages/session-page.ts'

/** A folder to leave pictures of every page in, to be looked at. */
const shots = process.env.SALLYPORT_SHOTS

const colourSchemes = ['light', 'dark'] as const
const windows = [
  { name: 'desktop', viewport: { width: 1440, height: 900 }, touch: false },
  { name: 'phone', viewport: { width: 390, height: 844 }, touch: true },
] as const

/** Sessions as a working day leaves them. */
const workingDay = async (daemon: TestDaemon): Promise<void> => {
  const build = String.raw`printf '\033[1m$ pnpm build\033[0m\n\033[36mvite\033[0m v8.1.2 building for production\n\033[32m✓\033[0m 214 modules transformed.\ndist/index.html   \033[2m1.2 kB\033[0m\ndist/assets/app.js  \033[33m81.4 kB\033[0m\n\033[32m✓ built in 2.1s\033[0m\n\n'; exec sh`
  await daemon.ok('start', '--name', 'web-build', '--', 'sh', '-c', build)
  await daemon.ok('start', '--name', 'api-tests', '--', 'sh', '-c', 'echo 214 passed; exit 0')
  await daemon.ok(
    'start',
    '--name',
    'nightly-backup',
    '--cwd',
    '/var/log',
    '--',
    'sh',
    '-c',
    'echo disk is full >&2; exit 3',
  )
  await daemon.ok('start', '--name', 'postgres-logs', '--cwd', '/usr/share', '--', 'sleep', '1000')
  await daemon.ok('start', '--name', 'old-worker', '--', 'sleep', '1000')
  await daemon.ok('kill', 'old-worker')
  await daemon.ok('wait', 'nightly-backup').catch(() => undefined)
}

for (const { name, viewport, touch } of windows) {
  for (const colorScheme of colourSchemes) {
    test(`every page can be read and used by everybody: ${name}, ${colorScheme}`, async ({
      browser,
      baseURL,
      daemon,
      visitor,
    }) => {
      const look = async (page: Page, what: string) => {
        // Half-faded text has no contrast of its own.
        await page.evaluate(() =>
          Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))),
        )
        if (shots) await page.screenshot({ path: join(shots, `${what}-${name}-${colorScheme}.png`) })
        expect.soft(await brokenRules(page), what).toEqual([])
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect.soft(sideways, `${what} scrolls sideways`).toBeLessThanOrEqual(0)
      }
      const options = { viewport, colorScheme, hasTouch: touch, isMobile: touch, reducedMotion: 'reduce' as const }
      const stranger = await browser.newContext({ ...options, ...(baseURL === undefined ? {} : { baseURL }) })
      const signIn = await stranger.newPage()
      await signIn.goto('/sign-in')
      await expect(signIn.getByRole('heading', { name: 'Set up Sallyport' })).toBeVisible()
      await look(signIn, 'sign-in')
      await signIn.goto('/launch#short')
      await expect(signIn.getByRole('alert').first()).toBeVisible()
      await look(signIn, 'launch')
      await stranger.close()

      const page = await visitor(options)
      await expect(page.getByRole('heading', { name: 'No sessions yet' })).toBeVisible()
      await look(page, 'empty')
      await workingDay(daemon)
      await expect(page.getByRole('listitem')).toHaveCount(5)
      await look(page, 'list')
      await page.getByRole('button', { name: 'Actions for web-build' }).click()
      await expect(page.getByRole('menuitem').first()).toBeFocused()
      await look(page, 'menu')
      await page.keyboard.press('Escape')
      const start = new StartDialog(page)
      await start.open()
      await start.fill({ line: 'sh -c "make -j4"', name: 'two words' })
      await start.submit()
      await expect(start.dialog.locator('.problem')).toBeVisible()
      await look(page, 'start')
      await page.keyboard.press('Escape')

      const session = new SessionPage(page)
      await session.open('web-build')
      await session.shows('built in')
      await look(page, 'session')
      const owner = daemon.inTerminal({ cols: 90, rows: 24 }, 'attach', 'web-build')
      try {
        await owner.shows('built in')
        owner.type('echo from another terminal\r')
        await expect(session.takeControl).toBeVisible()
        await session.shows(/^from another terminal$/m)
        await look(page, 'watching')
      } finally {
        await owner.end()
      }
      await session.open('nightly-backup')
      await session.shows('disk is full')
      await look(page, 'ended')
    })
  }
}

test('everything on the list is reached by the keyboard, and a closed dialog or menu gives the focus back', async ({
  page,
  signIn,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  await signIn(page)
  const row = new SessionListPage(page).row('shell')
  await expect(row).toBeVisible()

  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('#main')).toBeFocused()

  await page.keyboard.press('n')
  const dialog = page.getByRole('dialog', { name: 'New session' })
  await expect(dialog.getByRole('textbox', { name: 'Command' })).toBeFocused()
  await page.keyboard.type('n/')
  await expect(dialog.getByRole('textbox', { name: 'Command' })).toHaveValue('n/')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()

  await page.keyboard.press('/')
  const filter = page.getByRole('searchbox')
  await expect(filter).toBeFocused()
  await page.keyboard.type('nothing like it')
  await expect(page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible()
  await filter.fill('SHELL')
  await expect(row).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('radio', { name: 'All' })).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('radio', { name: 'Live' })).toBeChecked()
  await expect(row).toBeVisible()

  const menu = row.getByRole('button', { name: 'Actions for shell' })
  await menu.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Stop' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('menuitem', { name: 'Rename…' })).toBeFocused()
  await page.keyboard.press('End')
  await expect(page.getByRole('menuitem', { name: 'Remove…' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('menuitem', { name: 'Stop' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeFocused()

  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Stop' })).toBeFocused()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  const question = page.getByRole('dialog', { name: 'Remove shell?' })
  // Enter must not destroy anything.
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(menu).toBeFocused()

  await row.getByRole('link', { name: 'shell' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'shell' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Terminal input' })).toBeFocused()
})

test('rows stay where they are under the pointer, and what is new waits', async ({ page, signIn, daemon }) => {
  for (const name of ['one', 'two']) await daemon.ok('start', '--name', name, '--', 'sleep', '1000')
  await signIn(page)
  const names = () => page.getByRole('listitem').getByRole('link').allTextContents()
  await expect.poll(names).toEqual(['two', 'one'])
  await new SessionListPage(page).row('two').hover()
  await daemon.ok('kill', 'two')
  await daemon.ok('start', '--name', 'three', '--', 'sleep', '1000')
  await expect(page.getByRole('button', { name: 'Show 1 new' })).toBeVisible()
  await expect(new SessionListPage(page).row('two')).toContainText('Killed')
  expect(await names()).toEqual(['two', 'one'])
  await page.mouse.move(0, 0)
  await expect.poll(names).toEqual(['three', 'one', 'two'])
})
