import { expect } from '@playwright/test'
import { test } from './fixtures/test.ts'
import { SessionPage } from './pages/session-page.ts'

/** Asks the terminal who and where it is whenever it gets a `q`, and tells everything that it reads. */
const asker = String.raw`
import os, select, tty
tty.setraw(0)
def read(seconds):
    got = b''
    while select.select([0], [], [], seconds)[0]: got += os.read(0, 1024)
    return got
def say(text): os.write(1, (text + '\r\n').encode())
say('ready')
asked = 0
while True:
    for byte in read(0.05):
        if byte != ord('q'):
            say('stray %d' % byte)
            continue
        asked += 1
        os.write(1, b'\x1b[6n\x1b[c')
        say('answers %d %r.' % (asked, read(1.5)))
`
const oneAnswer = (number: number) => new RegExp(String.raw`answers ${number} b'\\x1b\[\d+;\d+R\\x1b\[\?[\d;]+c'\.`)

test('the viewer that types owns the size; the others see it letterboxed and can take it', async ({
  page,
  signIn,
  visitor,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  await signIn(page)
  const large = new SessionPage(page)
  await page.setViewportSize({ width: 1400, height: 900 })
  await large.open('shell')
  await expect.poll(async () => (await large.size()).cols).toBeGreaterThan(100)
  const largeSize = await large.size()

  const small = new SessionPage(await visitor({ viewport: { width: 900, height: 500 } }))
  await small.open('shell')
  await expect(small.takeControl).toBeVisible()
  await expect(small.page.locator('.letterboxed')).toBeVisible()
  await expect(small.rows).toHaveCount(largeSize.rows)
  expect(await small.size()).toEqual(largeSize)
  await expect(large.takeControl).toBeHidden()
  await large.run('stty size')
  await small.shows(new RegExp(`^${largeSize.rows} ${largeSize.cols}$`, 'm'))

  await small.takeControl.click()
  await expect(small.takeControl).toBeHidden()
  await expect(large.takeControl).toBeVisible()
  await expect.poll(() => large.size()).not.toEqual(largeSize)
  const smallSize = await small.size()
  await expect(large.rows).toHaveCount(smallSize.rows)
  await small.run('stty size')
  await large.shows(new RegExp(`^${smallSize.rows} ${smallSize.cols}$`, 'm'))

  const terminal = daemon.inTerminal({ cols: 61, rows: 17 }, 'attach', 'shell')
  try {
    await terminal.shows(`${smallSize.rows} ${smallSize.cols}`)
    expect(await daemon.session('shell')).toMatchObject({ ...smallSize })
    // The first key takes the size, and does not wait for it.
    terminal.type('stty ')
    await expect(small.rows).toHaveCount(17)
    terminal.type('size\r')
    await large.shows(/^17 61$/m)
    await expect(small.takeControl).toBeVisible()
    await expect(large.takeControl).toBeVisible()
    await large.run('echo typed-in-the-browser')
    await terminal.shows('typed-in-the-browser')
    await expect.poll(() => large.size()).toEqual(largeSize)
    terminal.type('\x1dd')
    await terminal.ended()
  } finally {
    await terminal.end()
  }
  expect((await daemon.session('shell')).state).toBe('running')
})

test('a viewer that only watches never resizes and never types', async ({ page, signIn, daemon }) => {
  await daemon.ok('start', '--name', 'shell', '--', 'sh')
  const before = await daemon.session('shell')
  const watcher = daemon.inTerminal({ cols: 61, rows: 17 }, 'attach', '--read-only', 'shell')
  try {
    await watcher.shows('detach with')
    watcher.type('echo typed-by-$((1))-watcher\r')
    expect(await daemon.session('shell')).toMatchObject({ cols: before.cols, rows: before.rows })
    await signIn(page)
    const session = new SessionPage(page)
    await session.open('shell')
    await session.run('echo typed-by-$((2))-owner')
    await watcher.shows('typed-by-2-owner')
    const { cols, rows } = await session.size()
    expect(cols).toBeGreaterThan(61)
    expect(await daemon.session('shell')).toMatchObject({ cols, rows })
    expect(await daemon.ok('logs', 'shell')).not.toContain('typed-by-1-watcher')
  } finally {
    await watcher.end()
  }
})

test('a program that asks its terminal gets one answer: with nobody there, with two viewers, and none for a replay', async ({
  page,
  signIn,
  visitor,
  daemon,
}) => {
  await daemon.ok('start', '--name', 'asker', '--', 'python3', '-c', asker)
  const log = () => daemon.ok('logs', 'asker')
  await expect.poll(log).toContain('ready')
  await daemon.ok('keys', 'asker', 'q')
  await expect.poll(log).toMatch(oneAnswer(1))

  await signIn(page)
  const first = new SessionPage(page)
  await first.open('asker')
  await first.shows('answers 1')
  const second = new SessionPage(await visitor({ viewport: { width: 800, height: 600 } }))
  await second.open('asker')
  await second.shows('answers 1')
  await daemon.ok('keys', 'asker', 'q')
  await expect.poll(log).toMatch(oneAnswer(2))

  for (const session of [first, second]) {
    await session.page.reload()
    await session.ready()
    await session.shows('answers 2')
  }
  await daemon.ok('keys', 'asker', 'q')
  await expect.poll(log).toMatch(oneAnswer(3))
  // What a replay would have been answered with comes before the third question, as stray input.
  expect(await log()).not.toContain('stray')

  await page.goto('/sessions')
  await second.page.goto('/sessions')
  await expect.poll(async () => (await daemon.session('asker')).viewers).toBe(0)
  await daemon.ok('keys', 'asker', 'q')
  await expect.poll(log).toMatch(oneAnswer(4))
  expect(await log()).not.toContain('stray')
})
