/// <reference lib="dom" />
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { brokenRules } from './fixtures/accessibility.ts'
import { test } from './fixtures/test.ts'
import { StartDialog } from './pages/session-list-page.ts'
import { SessionPage } from './pages/session-page.ts'

const TOKEN = 'ghp_Canary0123456789abcdefPAGES'
/** A folder to leave pictures of every page in, to be looked at. */
const shots = process.env.SALLYPORT_SHOTS

const windows = [
  { name: 'desktop', viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  { name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const

for (const { name, viewport, colorScheme } of windows) {
  test(`a set is made, filled, given to a session and deleted on its page, which never shows a value: ${name}, ${colorScheme}`, async ({
    daemon,
    visitor,
  }) => {
    const page = await visitor({ viewport, colorScheme })
    const look = async (what: string): Promise<void> => {
      await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))))
      if (shots) await page.screenshot({ path: join(shots, `${what}-${name}-${colorScheme}.png`), fullPage: true })
      expect.soft(await brokenRules(page), what).toEqual([])
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect.soft(sideways, `${what} scrolls sideways`).toBeLessThanOrEqual(0)
    }
    await page.goto('/env-sets')
    await expect(page.getByRole('heading', { name: 'No env sets yet' })).toBeVisible()
    await look('env-sets-empty')
    await page.getByRole('button', { name: 'New env set' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name of the set').fill('prod')
    await dialog.getByLabel('Name', { exact: true }).fill('API_TOKEN')
    await dialog.getByLabel('Value', { exact: true }).fill(TOKEN)
    await look('env-set-new')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await expect(page.getByRole('heading', { name: 'prod' })).toBeVisible()
    // A phone has no room for the mask.
    await expect(page.getByText('********')).toHaveCount(1)
    await look('env-set')
    await page.reload()
    await expect(page.getByText('API_TOKEN').first()).toBeVisible()
    expect(await page.content()).not.toContain(TOKEN)
    const fields = await page.evaluate(() =>
      [...document.querySelectorAll('input, textarea')].map((one) => (one as HTMLInputElement).value),
    )
    expect(fields.join()).not.toContain(TOKEN)

    await page.goto('/sessions')
    const start = new StartDialog(page)
    await start.open()
    await start.fill({ kind: 'Shell line', line: 'echo "it is $API_TOKEN"; exec sh', name: 'deploy' })
    await start.dialog.getByLabel('Add an env set').selectOption({ label: 'prod' })
    await expect(start.dialog.getByRole('button', { name: 'Leave prod out' })).toBeVisible()
    await look('start-with-env-set')
    await start.submit()
    const session = new SessionPage(page)
    await session.ready()
    await session.shows('it is [')
    expect((await session.lines()).join('\n')).not.toContain(TOKEN)

    // In use: deleted only after its name was typed.
    await page.goto('/env-sets/prod')
    await expect(page.getByRole('link', { name: 'deploy' })).toBeVisible()
    await page.getByRole('button', { name: 'Actions for prod' }).click()
    await page.getByRole('menuitem', { name: /Delete/ }).click()
    await expect(dialog.getByLabel('Type prod to delete it')).toBeVisible()
    await dialog.getByLabel('Type prod to delete it').fill('prod')
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await expect(page.getByRole('heading', { name: 'No env sets yet' })).toBeVisible()
    expect(JSON.parse(await daemon.ok('env-set', 'list', '--json')).envSets).toEqual([])
  })
}
