/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { expect, type Page } from '@playwright/test'
import { test } from './fixtures/test.ts'
import { SessionListPage, StartDialog } from './pages/session-list-page.ts'
import { SessionPage } from './pages/session-page.ts'

const confirm = (page: Page, title: string, button: string) =>
  page.getByRole('dialog', { name: title }).getByRole('button', { name: button, exact: true }).click()

test('a session started in the browser takes what is typed, shows what is printed, and its exit code at the end', async ({
  page,
  signIn,
  daemon,
}) => {
  await signIn(page)
  const start = new StartDialog(page)
  await start.open()
  await start.fill({ kind: 'Shell line', line: 'read word; echo "got <$word>"; exit 3', name: 'ask' })
  await start.submit()
  const session = new SessionPage(page)
  await session.ready()
  await expect(session.heading).toHaveText('ask')
  await expect(session.state).toHaveText('Running')
  await session.run('zürich')
  await session.shows('got <zürich>')
  await expect(session.state).toHaveText('Exited 3')
  expect(await daemon.session('ask')).toMatchObject({
    state: 'exited',
    exitCode: 3,
    command: ['sh', '-c', expect.any(String)],
  })
})

test('the size of the window is the size of the program', async ({ page, signIn, daemon }) => {
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('shell')
  await expect.poll(async () => (await session.size()).cols).toBeGreaterThan(100)
  const before = await session.size()
  await session.run('stty size')
  await session.shows(new RegExp(`^${before.rows} ${before.cols}$`, 'm'))
  await page.setViewportSize({ width: 700, height: 500 })
  await expect.poll(async () => (await session.size()).cols).toBeLessThan(before.cols)
  const after = await session.size()
  await session.run('stty size')
  await session.shows(new RegExp(`^${after.rows} ${after.cols}$`, 'm'))
})

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`opening a page changes the size once, and the terminal is drawn in the font and frame that it has: motion ${reducedMotion}`, async ({
    visitor,
    daemon,
  }) => {
    const counting = `
import signal, sys
n = 0
def resized(*_):
    global n
    n += 1
    print('resized', n, flush=True)
signal.signal(signal.SIGWINCH, resized)
print('ready', flush=True)
for line in sys.stdin: print(line, end='', flush=True)
`
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const name = `winch-${viewport.width}`
      await daemon.ok('start', '--name', name, '--', 'python3', '-c', counting)
      const page = await visitor({ viewport, reducedMotion, isMobile: viewport.width < 500 })
      const session = new SessionPage(page)
      await session.open(name)
      await session.shows('resized 1')
      await page.getByRole('button', { name: 'Larger text' }).click()
      await session.shows('resized 2')
      await session.run('settled')
      await session.shows(/settled\nsettled/)
      expect((await session.lines()).filter((line) => line.startsWith('resized'))).toEqual(['resized 1', 'resized 2'])
      const { frame, screen, spacing } = await page.evaluate(() => ({
        frame: document.querySelector('.terminal-frame')?.getBoundingClientRect().toJSON(),
        screen: document.querySelector('.xterm-screen')?.getBoundingClientRect().toJSON(),
        spacing: Number.parseFloat(getComputedStyle(document.querySelector('.xterm-rows') as Element).letterSpacing),
      }))
      expect(Math.abs(frame.height - screen.height)).toBeLessThanOrEqual(1)
      expect(Math.abs(frame.width - 14 - screen.width)).toBeLessThanOrEqual(1)
      expect(Math.abs(spacing)).toBeLessThan(0.1)
    }
  })
}

test('what cannot start is said beside the field that is wrong, and the dialog keeps what was typed', async ({
  page,
  signIn,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'taken', '--', 'sleep', '1000')
  await signIn(page)
  const start = new StartDialog(page)
  await start.open()
  const problem = start.dialog.locator('.problem')

  await start.submit()
  await expect(problem).toHaveText(/^Type .+\.$/)
  await start.fill({ line: 'no-such-program --flag' })
  await start.submit()
  await expect(problem).toHaveText(/no-such-program.*\.$/)
  await expect(start.dialog.getByRole('textbox', { name: 'Command' })).toHaveAttribute('aria-invalid', 'true')
  await start.fill({ line: 'echo "unfinished' })
  await start.submit()
  await expect(problem).toHaveText(/\.$/)
  await start.fill({ line: 'true', directory: '/no/such/directory' })
  await start.submit()
  await expect(problem).toHaveText(/\/no\/such\/directory.*\.$/)
  await start.fill({ line: 'true', directory: '', name: 'taken' })
  await start.submit()
  await expect(problem).toHaveText(/taken.*\.$/)
  await expect(start.dialog.getByLabel('Name', { exact: true })).toHaveValue('taken')
  await start.fill({ name: 'free' })
  await start.submit()
  await expect(page.getByRole('heading', { name: 'free' })).toBeVisible()
})

test('an address of no session is a sentence and a way back', async ({ page, signIn }) => {
  await signIn(page)
  await page.goto('/sessions/nobody')
  const alert = page.getByRole('alert').filter({ hasText: 'This session cannot be shown' })
  await expect(alert).toContainText(/nobody.*\./)
  await alert.getByRole('link', { name: 'Go to your sessions' }).click()
  await expect(page.getByRole('heading', { name: 'No sessions yet' })).toBeVisible()
})

test('rename, stop, run again and remove work from the list, and the list follows', async ({
  page,
  signIn,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'first', '--', 'sleep', '1000')
  await signIn(page)
  const list = new SessionListPage(page)
  await expect(list.row('first')).toContainText('Running')

  await list.choose('first', 'Rename…')
  const rename = page.getByRole('dialog', { name: 'Rename first' })
  await rename.getByLabel('Name').fill('two words')
  await rename.getByRole('button', { name: 'Rename' }).click()
  await expect(rename.getByRole('alert')).toHaveText('A name has no spaces. Use a dash.')
  await rename.getByLabel('Name').fill('second')
  await page.keyboard.press('Enter')
  await expect(rename).toBeHidden()
  await expect(list.row('second')).toContainText('Running')

  await list.choose('second', 'Stop')
  await expect(list.row('second')).toContainText('Killed, SIGTERM')
  await list.choose('second', 'Run again')
  await expect(page.getByRole('heading', { name: 'second' })).toBeVisible()
  const { sessions } = JSON.parse(await daemon.ok('list', '--json'))
  expect(sessions).toHaveLength(2)
  await page.getByRole('link', { name: 'Back to all sessions' }).click()

  const ended = page.getByRole('listitem').filter({ hasText: 'Killed' })
  await ended.getByRole('button', { name: 'Actions for second' }).click()
  await ended.getByRole('menuitem', { name: 'Remove…' }).click()
  await confirm(page, 'Remove second?', 'Remove')
  await expect(page.getByRole('listitem')).toHaveCount(1)
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions).toHaveLength(1)
})

test('kill and remove ask first, and do nothing when the answer is no', async ({ page, signIn, daemon }) => {
  await daemon.ok('start', '--name', 'busy', '--', 'sh', '-c', 'trap "" TERM; while :; do sleep 1; done')
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('busy')
  await session.choose('Kill…')
  await confirm(page, 'Kill busy?', 'Cancel')
  await session.choose('Remove…')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect((await daemon.session('busy')).state).toBe('running')

  await session.choose('Kill…')
  await confirm(page, 'Kill busy?', 'Kill')
  await expect(session.state).toHaveText('Killed')
  expect(await daemon.session('busy')).toMatchObject({ state: 'killed', signal: 'SIGKILL' })
  await session.choose('Remove…')
  await confirm(page, 'Remove busy?', 'Remove')
  await expect(page.getByRole('heading', { name: 'No sessions yet' })).toBeVisible()
})

test('the raw download is what the program wrote, byte for byte; the text one is text', async ({
  page,
  signIn,
  daemon,
}) => {
  const bytes = String.raw`nul \000 latin \374 cut \342\202 red \033[31mred\033[0m end\n`
  await daemon.ok('start', '--name', 'bytes', '--', 'sh', '-c', `stty -onlcr; printf '${bytes}'`)
  await daemon.ok('wait', 'bytes')
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('bytes')
  const download = async (action: string) => {
    const [started] = await Promise.all([page.waitForEvent('download'), session.choose(action)])
    return { name: started.suggestedFilename(), content: await readFile(await started.path()) }
  }
  const raw = await download('Download raw output')
  expect(raw.content).toEqual(Buffer.from('nul \0 latin \xfc cut \xe2\x82 red \x1b[31mred\x1b[0m end\n', 'latin1'))
  expect(raw.name).toContain('bytes')
  const plain = await download('Download output as text')
  expect(plain.content.toString()).toMatch(/^nul .{0,1} latin \ufffd cut \ufffd red red end\n$/)
  await expect(session.heading).toHaveText('bytes')
})

test('lines pasted at once are asked about when the program cannot tell them from typing', async ({
  page,
  signIn,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  await signIn(page)
  const session = new SessionPage(page)
  await session.open('shell')
  await session.type('')
  const paste = (text: string) =>
    page.getByRole('textbox', { name: 'Terminal input' }).evaluate((input, data) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', data)
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, text)
  await paste('echo one-$((1))\necho two-$((2))\n')
  const question = page.getByRole('dialog', { name: 'Paste several lines?' })
  await expect(question).toContainText('echo two-$((2))')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await paste('echo one-$((1))\necho two-$((2))\n')
  await question.getByRole('button', { name: 'Paste' }).click()
  await session.shows('two-2')
  expect((await session.lines()).filter((line) => line === 'one-1')).toHaveLength(1)
})

test('on a phone Ctrl is held for one key, and Tab, Esc and arrows are there', async ({ visitor, daemon }) => {
  await daemon.ok('start', '--name', 'cat', '--', 'sh', '-c', 'stty -echo; cat -v; echo interrupted')
  const page = await visitor({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const session = new SessionPage(page)
  await session.open('cat')
  const keys = page.getByRole('toolbar', { name: 'Terminal keys' })
  const control = keys.getByRole('button', { name: 'Ctrl, for the next key' })
  for (const name of ['Esc', 'Up', 'Pipe']) await keys.getByRole('button', { name }).tap()
  await session.run('')
  await session.shows(/\^\[\^\[\[A\|/)
  await control.tap()
  await expect(control).toHaveAttribute('aria-pressed', 'true')
  await session.type('a')
  await expect(control).toHaveAttribute('aria-pressed', 'false')
  await session.run('b')
  await session.shows('^Ab')
  await control.tap()
  await session.type('d')
  await session.shows('interrupted')
  await expect(session.state).toHaveText('Exited 0')
})
