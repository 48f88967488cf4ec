import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BuiltDaemon, buildDaemon } from './testing/build-daemon.ts'
import { callSocket, type DaemonProcess, endDaemons, endOf, isAlive, runDaemon } from './testing/daemon-process.ts'

let built: BuiltDaemon
let root = ''
let started: DaemonProcess[] = []
const keeperPids = new Set<number>()

beforeAll(async () => {
  built = await buildDaemon()
})
afterAll(() => built.remove())
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-d-'))
})
afterEach(async () => {
  await endDaemons(started, join(root, 'data'), keeperPids)
  keeperPids.clear()
  started = []
  rmSync(root, { recursive: true, force: true })
})

const start = (...args: string[]): DaemonProcess => {
  const daemon = runDaemon(built.main, ['--data-dir', join(root, 'data'), '--port', '0', ...args], {
    SALLYPORT_CONFIG_DIR: join(root, 'config'),
  })
  started.push(daemon)
  return daemon
}
const socket = () => join(root, 'data', 'sallyport.sock')

const keeperOf = async (daemon: DaemonProcess, from = 0): Promise<number> => {
  const [, pid] = await daemon.logged(/connected to the keeper pid=(\d+)/, from)
  keeperPids.add(Number(pid))
  return Number(pid)
}

test('it says where it listens, becomes ready, and stops within 5 s leaving the keeper', async () => {
  const daemon = start()
  const announced = await daemon.announced
  expect(announced).toMatchObject({ ok: true, pid: daemon.child.pid, mode: 'accounts', isFirstRun: true })
  expect(announced.url).toMatch(/^http:\/\/localhost:\d+$/)
  expect((await fetch(`${announced.url}/healthz`)).status).toBe(200)
  const keeper = await keeperOf(daemon)
  await daemon.logged(/ ready url=/)
  expect(await (await fetch(`${announced.url}/readyz`)).json()).toEqual({ ready: true, reasons: [] })
  expect(daemon.stdout()).toContain(`${announced.url}`)
  expect(daemon.stdout()).toContain('npx sallyport open')
  expect(await callSocket(socket(), 'query', 'admin.status')).toMatchObject({
    pid: daemon.child.pid,
    keeperPid: keeper,
    url: announced.url,
    problems: [],
  })
  expect((await fetch(`${announced.url}/trpc/auth.whoami`)).status).toBe(200)
  expect(statSync(socket()).mode & 0o777).toBe(0o600)

  const before = Date.now()
  daemon.child.kill('SIGTERM')
  expect(await daemon.exited).toBe(0)
  expect(Date.now() - before).toBeLessThan(5000)
  expect(isAlive(keeper)).toBe(true)
})

test('a second daemon exits, names the first, and leaves its socket alone', async () => {
  const first = start()
  await first.announced
  const second = start()
  const { ok, error } = await second.announced
  expect(ok).toBe(false)
  expect(error).toContain(`process ${first.child.pid}`)
  expect(await second.exited).toBe(1)
  await keeperOf(first)
  await first.logged(/ ready url=/)
  expect(await callSocket(socket(), 'query', 'admin.status')).toMatchObject({ pid: first.child.pid })
})

test('a killed keeper is replaced at once, a killed daemon finds its keeper and session again', async () => {
  const daemon = start()
  const first = await keeperOf(daemon)
  await daemon.logged(/ ready url=/)
  const from = daemon.logLength()
  process.kill(first, 'SIGKILL')
  const second = await keeperOf(daemon, from)
  expect(second).not.toBe(first)

  const { session } = (await callSocket(socket(), 'mutation', 'session.create', {
    provider: 'command',
    command: ['sleep', '60'],
    cwd: root,
    env: { PATH: '/usr/bin:/bin' },
    envIsComplete: true,
  })) as { session: { id: string } }
  daemon.child.kill('SIGKILL')
  await daemon.exited

  const successor = start()
  expect(await keeperOf(successor)).toBe(second)
  await successor.logged(/ ready url=/)
  expect(await callSocket(socket(), 'query', 'session.get', { session: session.id })).toMatchObject({
    session: { id: session.id, state: 'running' },
  })

  await callSocket(socket(), 'mutation', 'admin.stop', { all: true })
  expect(await successor.exited).toBe(0)
  await endOf(second)
})

test('a file that a session makes has the mode that its caller would have given it; those of the daemon are private', async () => {
  const daemon = start()
  await keeperOf(daemon)
  await daemon.logged(/ ready url=/)
  const touch = async (name: string, part: object): Promise<number> => {
    const file = join(root, name)
    const made = watch(root)
    await callSocket(socket(), 'mutation', 'session.create', {
      provider: 'command',
      command: ['touch', file],
      cwd: root,
      env: { PATH: '/usr/bin:/bin' },
      envIsComplete: true,
      ...part,
    })
    while (!existsSync(file)) await once(made, 'change')
    made.close()
    return statSync(file).mode & 0o777
  }
  expect(await touch('from-cli', { umask: 0o022 })).toBe(0o644)
  expect(await touch('from-strict-cli', { umask: 0o077 })).toBe(0o600)
  expect(await touch('from-web', {})).toBe(0o666 & ~process.umask())
  expect(statSync(join(root, 'data/sallyport.db')).mode & 0o777).toBe(0o600)
})

test('a busy port is named with the way out, and nothing is left behind', async () => {
  const squatter = createServer().listen(0, '::1')
  await once(squatter, 'listening')
  const { port } = squatter.address() as AddressInfo
  const daemon = start('--port', String(port))
  expect((await daemon.announced).error).toMatch(new RegExp(`port ${port} is in use.*--port`))
  expect(await daemon.exited).toBe(1)
  squatter.close()
  const next = start('--no-http')
  expect(await next.announced).toMatchObject({ ok: true, url: null })
  await keeperOf(next)
})

test.each([
  [['--host', 'example.org'], 1, '--host: http.host must be localhost, an IP address'],
  [['--port', 'x'], 1, '--port: http.port must be'],
  [['--nonsense'], 2, 'nonsense'],
  [['stop'], 2, 'stop'],
])('%j ends with a sentence', async (args, code, sentence) => {
  const daemon = start(...args)
  const end = await daemon.announced.catch(() => undefined)
  expect(await daemon.exited).toBe(code)
  if (code === 1) expect(end?.error).toContain(sentence)
})

test('a database that cannot be used is a sentence; the daemon stays up, says so and keeps its sessions', async () => {
  mkdirSync(join(root, 'data'), { mode: 0o700 })
  writeFileSync(
    join(root, 'data', 'sallyport.db'),
    'this is no database, it is a text that somebody put there\n'.repeat(100),
    { mode: 0o600 },
  )
  const daemon = start()
  const { url } = await daemon.announced
  await keeperOf(daemon)
  await daemon.logged(/the api cannot start/)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const ready = await fetch(`${url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['the api is not ready'] }])
  daemon.child.kill('SIGTERM')
  await daemon.logged(/ stopped/)
  expect(await daemon.exited).toBe(0)
})

test('a database that is locked at boot is used as soon as it is free, without a restart', async () => {
  mkdirSync(join(root, 'data'), { mode: 0o700 })
  const locker = spawn(
    'python3',
    [
      '-c',
      'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute("BEGIN EXCLUSIVE")\nprint("locked",flush=True)\nsys.stdin.read()',
      join(root, 'data', 'sallyport.db'),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  await once(locker.stdout, 'data')
  const daemon = start()
  const { url } = await daemon.announced
  await keeperOf(daemon)
  await daemon.logged(/the api cannot start.*holds a lock/)
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  await expect(callSocket(socket(), 'query', 'session.list')).rejects.toThrow(/holds a lock/)
  locker.stdin.end()
  await daemon.logged(/ ready url=/)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect(await callSocket(socket(), 'query', 'session.list')).toEqual({ sessions: [] })
})

test('a daemon whose database driver cannot be loaded stays up and says so', async () => {
  const directory = join(root, 'broken')
  cpSync(dirname(dirname(built.main)), directory, { recursive: true, verbatimSymlinks: true })
  rmSync(join(directory, 'node_modules/libsql'))
  mkdirSync(join(directory, 'node_modules/libsql'))
  writeFileSync(join(directory, 'node_modules/libsql/index.js'), "require('@libsql/linux-x64-gnu-that-is-missing')\n")
  const daemon = runDaemon(join(directory, 'daemon/main.js'), ['--data-dir', join(root, 'data'), '--port', '0'], {
    SALLYPORT_CONFIG_DIR: join(root, 'config'),
  })
  started.push(daemon)
  const { url } = await daemon.announced
  await keeperOf(daemon)
  await daemon.logged(/the api cannot start.*driver cannot be loaded/)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  await expect(callSocket(socket(), 'query', 'session.list')).rejects.toThrow(/driver cannot be loaded .*Install/)
  daemon.child.kill('SIGTERM')
  expect(await daemon.exited).toBe(0)
})

test('a master key that cannot be used is a sentence in the status, and stops neither the daemon nor a session', async () => {
  const keyFile = join(root, 'master-key')
  writeFileSync(keyFile, 'canary')
  chmodSync(keyFile, 0o644)
  const daemon = runDaemon(built.main, ['--data-dir', join(root, 'data'), '--port', '0'], {
    SALLYPORT_CONFIG_DIR: join(root, 'config'),
    SALLYPORT_MASTER_KEY_FILE: keyFile,
  })
  started.push(daemon)
  await keeperOf(daemon)
  await daemon.logged(/ ready url=/)
  expect(await callSocket(socket(), 'query', 'admin.status')).toMatchObject({
    problems: [expect.stringMatching(/^env sets are locked: SALLYPORT_MASTER_KEY_FILE: .*mode 0644.*chmod 600/)],
  })
  await callSocket(socket(), 'mutation', 'session.create', {
    provider: 'command',
    command: ['true'],
    cwd: root,
    env: { PATH: '/usr/bin:/bin' },
    envIsComplete: true,
  })
  expect(daemon.log()).not.toContain('canary')
})

test('in the background it logs into a private file and prints nothing', async () => {
  const daemon = start('--detached')
  const { url } = await daemon.announced
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  daemon.child.kill('SIGTERM')
  expect(await daemon.exited).toBe(0)
  expect([daemon.stdout(), daemon.logLength()]).toEqual(['', 0])
  const log = join(root, 'data', 'daemon.log')
  expect(statSync(log).mode & 0o777).toBe(0o600)
  expect(readFileSync(log, 'utf8')).toMatch(/ info stopped\n$/)
})

test('the configuration is checked and shown without a daemon, and nothing is made', async () => {
  const file = join(root, 'c.yaml')
  writeFileSync(file, 'http:\n  prot: 1\n')
  const bad = start('--validate-config', '--config', file)
  await bad.logged(/c\.yaml:2: there is no key "http\.prot"; did you mean http\.port\?/)
  expect(await bad.exited).toBe(1)
  writeFileSync(file, 'streams:\n  max: 3\n')
  const good = start('--validate-config', '--config', file)
  expect(await good.exited).toBe(0)
  const show = start('--show-config', '--config', file)
  expect(await show.exited).toBe(0)
  expect(JSON.parse(show.stdout()).entries).toContainEqual({
    key: 'streams.max',
    value: 3,
    source: 'file',
    origin: 'c.yaml:2',
  })
  expect(statSync(join(root, 'data'), { throwIfNoEntry: false })).toBeUndefined()
})
