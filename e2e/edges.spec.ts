import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './fixtures/test.ts'

test('what cannot start is refused with a sentence before a session exists', async ({ daemon }) => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-edge-'))
  await writeFile(join(directory, 'notes.txt'), 'text')
  const cases: [string[], RegExp][] = [
    [['--', 'no-such-program'], /no-such-program/],
    [['--', join(directory, 'notes.txt')], /not executable/],
    [['--', directory], /directory/],
    [['--cwd', join(directory, 'gone'), '--', 'true'], /gone/],
    [['--cwd', join(directory, 'notes.txt'), '--', 'true'], /not a directory/],
    [['--', 'echo', ...Array.from({ length: 10 }, () => 'x'.repeat(100_000))], /512 KiB|too (large|long|big)/i],
  ]
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await daemon.cli('start', ...args)
    expect.soft(code, args.join(' ').slice(0, 80)).not.toBe(0)
    expect.soft(stdout).toBe('')
    expect.soft(stderr).toMatch(sentence)
  }
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions).toEqual([])
})

test('a name that is taken is refused, and free again when its session has ended', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'one', '--', 'sleep', '1000')
  const second = await daemon.cli('start', '--name', 'one', '--', 'true')
  expect(second.code).toBe(5)
  expect(second.stderr).toContain('one')
  await daemon.ok('kill', 'one')
  expect((await daemon.cli('start', '--name', 'one', '--', 'true')).code).toBe(0)
})

test('without a daemon every verb says so, how to start one, and exits 3; exec and wait 125', async ({ daemon }) => {
  await daemon.end('SIGTERM')
  for (const verb of [['list'], ['logs', 'x'], ['stop', 'x'], ['daemon', 'status'], ['open', '--print']]) {
    const { code, stderr } = await daemon.cli(...verb)
    expect.soft(code, verb.join(' ')).toBe(3)
    expect.soft(stderr).toContain(`daemon not running at ${daemon.dataDir}`)
    expect.soft(stderr).toMatch(/sallyport daemon/)
  }
  expect((await daemon.cli('exec', '--', 'true')).code).toBe(125)
  expect((await daemon.cli('wait', 'x')).code).toBe(125)
})

test('a second daemon is refused by name of the first and does not disturb it', async ({ daemon }) => {
  const second = await daemon.cli('daemon', '--port', '0')
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(String(daemon.pid))
  expect((await daemon.cli('list')).code).toBe(0)
})

test('no such session, an ambiguous word, wrong usage: exit codes 4 and 2', async ({ daemon }) => {
  expect((await daemon.cli('stop', 'nobody')).code).toBe(4)
  expect((await daemon.cli('start', '--no-such-flag')).code).toBe(2)
  expect((await daemon.cli('no-such-verb')).code).toBe(2)
  const json = await daemon.cli('get', 'nobody', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'not_found' } })
})

test('a corrupted config is named by line and the daemon does not start', async ({ daemon }) => {
  await daemon.end('SIGTERM')
  await writeFile(join(daemon.dataDir, 'config.yaml'), 'http:\n  port: not-a-port\n')
  const { code, stderr } = await daemon.cli('daemon')
  expect(code).toBe(1)
  expect(stderr).toMatch(/config\.yaml:2/)
})

test('stop ends a process group that ignores SIGTERM and leaves no zombie', async ({ daemon }) => {
  test.setTimeout(90_000)
  await daemon.ok(
    'start',
    '--name',
    'stubborn',
    '--',
    'sh',
    '-c',
    'trap "" TERM HUP; (setsid sleep 1000 &) ; while :; do sleep 1; done',
  )
  await daemon.ok('stop', 'stubborn')
  expect(JSON.parse(await daemon.ok('get', 'stubborn', '--json')).session).toMatchObject({
    state: 'killed',
    signal: 'SIGKILL',
  })
})
