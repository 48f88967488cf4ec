/// <reference lib="dom" />
import { expect } from '@playwright/test'
import { test } from './fixtures/test.ts'
import { SessionListPage } from './pages/session-list-page.ts'
import { SessionPage } from './pages/session-page.ts'

const LINES = 300
const counting = ['sh', '-c', `for i in $(seq 1 ${LINES}); do echo line $i; sleep 0.02; done; exit 3`]
const expected = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`)
const numbered = (lines: readonly string[]) => lines.filter((line) => line.startsWith('line '))

test('kill -9 of the daemon: the page says so, goes on by itself, and has drawn every line once', async ({
  page,
  signIn,
  daemon,
}) => {
  // A window so tall that no line ever leaves the screen: what is compared is what is drawn.
  await page.addInitScript(() => localStorage.setItem('sallyport.font', '9'))
  await page.setViewportSize({ width: 700, height: 5000 })
  await signIn(page)
  await daemon.ok('start', '--name', 'count', '--', ...counting)
  const session = new SessionPage(page)
  await session.open('count')
  await expect.poll(() => session.rows.count()).toBeGreaterThan(LINES + 10)
  let loads = 0
  page.on('load', () => {
    loads += 1
  })
  await session.shows(/^line 60$/m)

  await daemon.end('SIGKILL')
  const overlay = page.getByRole('status').filter({ hasText: 'Reconnecting…' })
  await expect(overlay).toBeVisible()
  await expect(page.getByTitle(/^Connecting…/)).toBeVisible()
  const atTheCut = numbered(await session.lines())
  expect(atTheCut).toEqual(expected.slice(0, atTheCut.length))
  expect(atTheCut.length).toBeLessThan(LINES)

  await daemon.start()
  await expect(overlay).toBeHidden()
  await expect(session.state).toHaveText('Exited 3', { timeout: 20_000 })
  await session.shows(new RegExp(`^line ${LINES}$`, 'm'))
  expect(numbered(await session.lines())).toEqual(expected)
  expect(loads).toBe(0)
})

test('after kill -9 the shell takes what is typed again, nothing typed meanwhile arrives late, and the list is live', async ({
  page,
  signIn,
  visitor,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('shell')
  const other = await visitor()
  const list = new SessionListPage(other)
  await expect(list.row('shell')).toContainText('Running')
  await session.run('echo before-$((1 + 1))')
  await session.shows('before-2')

  await daemon.end('SIGKILL')
  await expect(page.getByText('Reconnecting…')).toBeVisible()
  await session.type('echo meanwhile')
  await page.keyboard.press('Enter')
  await daemon.start()
  await expect(page.getByText('Reconnecting…')).toBeHidden()
  await session.run('echo after-$((2 + 2))')
  await session.shows('after-4')
  const lines = await session.lines()
  expect(lines.filter((line) => line === 'before-2')).toHaveLength(1)
  expect(lines.join('\n')).not.toContain('meanwhile')
  await session.run('exit 5')
  await expect(list.row('shell')).toContainText('Exited 5')
})
