import { once } from 'node:events'
import { constants } from 'node:os'
import { TestDaemon } from '@sallyport/client/fixtures/test-daemon'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BuiltCli } from '../testing/built-cli.ts'
import { Pty } from '../testing/pty.ts'

let built: BuiltCli

beforeAll(async () => {
  built = await BuiltCli.build()
})

afterAll(() => built.remove())

const attach = (daemon: TestDaemon, ...args: readonly string[]): Pty =>
  new Pty([process.execPath, built.bin, 'attach', 'build', ...args], { SALLYPORT_DATA_DIR: daemon.dataDir })

const startDaemon = async () => {
  const daemon = await TestDaemon.start()
  return { daemon, entry: daemon.sessions.add({ id: 'abcdefgh0123', name: 'build' }) }
}

const restored = { echo: true, canonical: true }
/** What a full-screen program leaves behind when nobody cleans up. */
const fullScreen = '\x1b[?1049h\x1b[?1000h\x1b[?25lready'

test('the detach keys end it: the terminal is as before, the session goes on, and they are not typed', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.append(entry, fullScreen)
  await using pty = attach(daemon)
  await pty.shows('detach with ctrl+] d')
  await pty.shows('ready')
  const written = once(daemon.sessions.events, 'written')
  pty.type('ls\r')
  await written
  pty.type('\x1dd')
  expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
  expect(pty.output).toContain('\x1b[?1000l\x1b[?1049l\x1b[?25h')
  expect(pty.output).toContain('detached from build')
  expect(daemon.sessions.written.map(({ text }) => text).join('')).toBe('ls\r')
  expect(entry.complete).toBe(false)
})

for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const) {
  test(`the terminal is as before after ${name}`, async () => {
    const { daemon, entry } = await startDaemon()
    await using _daemon = daemon
    daemon.sessions.append(entry, fullScreen)
    await using pty = attach(daemon)
    await pty.shows('ready')
    pty.signal(constants.signals[name])
    expect(await pty.ended()).toEqual({ exit: 128 + constants.signals[name], signal: null, ...restored })
    expect(pty.output).toContain('\x1b[?1049l\x1b[?25h')
  })
}

test('the end of the session is told, and exits 0', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.append(entry, fullScreen)
  await using pty = attach(daemon)
  await pty.shows('ready')
  daemon.sessions.end(entry, 3)
  expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
  expect(pty.output).toContain('build: exited 3')
})

test('a refusal in the middle leaves the terminal as before', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.append(entry, 'ready')
  await using pty = attach(daemon)
  await pty.shows('ready')
  daemon.sessions.failures.set('session.write', 'forbidden')
  pty.type('x')
  expect(await pty.ended()).toEqual({ exit: 5, signal: null, ...restored })
  expect(pty.output).toContain('sallyport: test: forbidden')
})

test('a death of the daemon is told; the session goes on without gap; detaching works meanwhile', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.append(entry, 'one ')
  await using pty = attach(daemon)
  await pty.shows('one ')
  await daemon.kill()
  await pty.shows('waiting for it')
  daemon.sessions.append(entry, 'two ')
  await daemon.listen()
  await pty.shows('two ')
  expect(pty.output).toContain('connected again')
  expect(pty.output.match(/one /g)).toHaveLength(1)
  await daemon.kill()
  pty.type('\x1dd')
  expect(await pty.ended()).toMatchObject({ exit: 0, ...restored })
})

test('replayed queries and hostile sequences do not reach the terminal', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  const replayed = 'old\x1b[6n\x1b[c\x1b]52;c;aGk=\x07;'
  daemon.sessions.append(entry, replayed)
  daemon.sessions.answersFrom = replayed.length
  await using pty = attach(daemon)
  await pty.shows('old;')
  daemon.sessions.append(entry, 'live\x1b[6n!')
  await pty.shows('live\x1b[6n!')
  const written = once(daemon.sessions.events, 'written')
  pty.type('\x1b[1;1R')
  await written
  expect(daemon.sessions.written[0]).toMatchObject({ text: '\x1b[1;1R', answersOffset: replayed.length })
  daemon.sessions.end(entry, 0)
  await pty.ended()
})

test('the size of the terminal is passed on, and its changes are', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.append(entry, 'ready')
  await using pty = attach(daemon)
  await pty.shows('ready')
  const resized = once(daemon.sessions.events, 'resized')
  pty.resize(132, 50)
  await resized
  expect(daemon.sessions.resizes.at(-1)).toEqual({ cols: 132, rows: 50 })
  pty.type('\x1dd')
  await pty.ended()
})

test('--read-only types nothing and has no size', async () => {
  const { daemon, entry } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.append(entry, 'ready')
  await using pty = attach(daemon, '--read-only', '--detach-keys', 'q')
  await pty.shows('drawn for 80×24')
  pty.type('xyzq')
  expect(await pty.ended()).toMatchObject({ exit: 0, ...restored })
  expect(daemon.sessions.written).toEqual([])
})

test('exec on a terminal passes Ctrl+C to the child and gives its exit code', async () => {
  const { daemon } = await startDaemon()
  await using _daemon = daemon
  daemon.sessions.onInput = (entry, text) => {
    if (text === '\x03') daemon.sessions.end(entry, 9)
  }
  const created = once(daemon.sessions.events, 'viewer')
  await using pty = new Pty([process.execPath, built.bin, 'exec', '--', 'sleep', '100'], {
    SALLYPORT_DATA_DIR: daemon.dataDir,
  })
  await created
  const [, child] = [...daemon.sessions.all.values()]
  if (child === undefined) throw new Error('no session was created')
  daemon.sessions.append(child, 'started')
  await pty.shows('started')
  pty.type('\x03')
  expect(await pty.ended()).toEqual({ exit: 9, signal: null, ...restored })
})
