import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../testing/bundle.ts'
import { Pty } from '../testing/pty.ts'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-prompt-'))

beforeAll(() => bundle('./hidden-prompt-program.ts', { directory, name: 'main.mjs' }))

afterAll(() => rmSync(directory, { recursive: true }))

const start = async (): Promise<Pty> => {
  const pty = new Pty([process.execPath, join(directory, 'main.mjs')], {})
  await pty.shows('Secret? ')
  return pty
}

const codes = (text: string): string => `"codes":[${[...text].map((character) => character.codePointAt(0))}]`

const restored = { echo: true, canonical: true }

test('an answer is not on the screen, not even what is typed between two questions', async () => {
  await using pty = await start()
  pty.type('hunter2hunter2\rhunter3hunter3')
  await pty.shows(codes('hunter2hunter2'))
  pty.type('\r')
  await pty.shows(codes('hunter3hunter3'))
  pty.type('quit\r')
  expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
  expect(pty.output).not.toMatch(/hunter|quit/)
})

test('keys of every kind arrive as the person meant them', async () => {
  await using pty = await start()
  pty.type('wrong\x15p\0ä\x1b[Dx\x7f€\x04\r')
  await pty.shows(codes('pä€'))
  const split = Buffer.from('ü𐍈\r')
  pty.typeBytes(split.subarray(0, 1))
  pty.typeBytes(split.subarray(1, 4))
  pty.typeBytes(split.subarray(4))
  await pty.shows(codes('ü𐍈'))
  pty.typeBytes(Buffer.from('caf\xe9\r', 'latin1'))
  await pty.shows('"kind":"unusable"')
  pty.type('\x04')
  expect(await pty.ended()).toMatchObject(restored)
})

test('10 kB are taken, told to be too much, and do not end it', async () => {
  await using pty = await start()
  pty.type('x'.repeat(10_000))
  pty.type('\r')
  await pty.shows('"kind":"unusable"')
  pty.type('short\r')
  await pty.shows(codes('short'))
  pty.type('quit\r')
  expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
})

for (const key of ['\x03', '\x1c', '\x04']) {
  test(`the terminal is as before after ${JSON.stringify(key)}`, async () => {
    await using pty = await start()
    pty.type(key)
    const end = await pty.ended()
    expect(end).toMatchObject(restored)
    expect(end.exit).not.toBe(0)
  })
}

for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const) {
  test(`the terminal is as before after ${name}, and the next prompt of the shell has a line of its own`, async () => {
    await using pty = await start()
    pty.type('half')
    pty.signal(constants.signals[name])
    expect(await pty.ended()).toEqual({ exit: 128 + constants.signals[name], signal: null, ...restored })
    expect(pty.output).toBe('Secret? \r\n')
  })
}

test('a terminal that is closed ends it', async () => {
  await using pty = await start()
  pty.hangUp()
  const { exit, signal } = await pty.ended()
  expect([exit, signal]).not.toEqual([0, null])
})

test('after a stop and fg nothing is shown either', async () => {
  await using pty = await start()
  pty.signal(constants.signals.SIGSTOP)
  pty.echoAgain()
  pty.signal(constants.signals.SIGCONT)
  await pty.shows('continued')
  pty.type('hunter2hunter2\r')
  await pty.shows(codes('hunter2hunter2'))
  expect(pty.output).not.toContain('hunter2hunter2')
  pty.type('quit\r')
  expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
})
