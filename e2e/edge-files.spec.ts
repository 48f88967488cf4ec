import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect } from '@playwright/test'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'

const run = promisify(execFile)

/** Another program, such as a backup, that holds the database. */
const lockDatabase = async (daemon: TestDaemon, against: 'writers' | 'all'): Promise<{ release(): Promise<void> }> => {
  const child = spawn(
    'python3',
    [
      '-c',
      'import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.isolation_level=None; d.execute("PRAGMA locking_mode=EXCLUSIVE") if sys.argv[2]=="all" else None; d.execute("BEGIN EXCLUSIVE"); print("held",flush=True); sys.stdin.read()',
      join(daemon.dataDir, 'sallyport.db'),
      against,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the database could not be locked'))),
  ])
  return {
    release: async () => {
      const exited = once(child, 'exit')
      child.stdin.end()
      await exited
    },
  }
}

const logFiles = async (daemon: TestDaemon, name: string): Promise<{ directory: string; files: string[] }> => {
  const { session } = JSON.parse(await daemon.ok('get', name, '--json'))
  const directory = join(daemon.dataDir, 'sessions', session.id)
  return { directory, files: (await readdir(directory)).sort() }
}

test('a database that another program has locked refuses changes with a sentence; sessions, list and logs go on, and nothing is lost', async ({
  daemon,
}) => {
  await daemon.ok('start', '--name', 'one', '--', 'sh', '-c', 'stty -echo; echo up; read x; echo got $x; exit 7')
  const lock = await lockDatabase(daemon, 'writers')
  try {
    const refused = await daemon.cli('start', '--', 'true')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/lock/i)
    expect((await daemon.cli('list')).code).toBe(0)
    await daemon.ok('send', 'one', 'typed')
    expect((await daemon.cli('wait', 'one')).code).toBe(7)
    expect(await daemon.ok('logs', 'one')).toContain('got typed')
  } finally {
    await lock.release()
  }
  await daemon.ok('start', '--name', 'two', '--', 'true')
  await daemon.end('SIGKILL')
  await daemon.start()
  expect((await daemon.cli('wait', 'one')).code).toBe(7)
})

test('a database that is locked while the daemon starts is a sentence, and the daemon works once it is free', async ({
  daemon,
}) => {
  await daemon.ok('start', '--name', 'one', '--', 'sleep', '1000')
  await daemon.end('SIGTERM')
  const lock = await lockDatabase(daemon, 'all')
  try {
    await daemon.start()
    const refused = await daemon.cli('list')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/lock/i)
  } finally {
    await lock.release()
  }
  await expect.poll(async () => (await daemon.cli('list')).code, { timeout: 10_000 }).toBe(0)
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions).toMatchObject([{ name: 'one', state: 'running' }])
  expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200)
})

test('a database file of garbage is a sentence that says what to do; moved away, the daemon starts and the logs are there', async ({
  daemon,
}) => {
  await daemon.ok('start', '--name', 'one', '--', 'sh', '-c', 'echo precious')
  await daemon.cli('wait', 'one')
  const { directory } = await logFiles(daemon, 'one')
  await daemon.end('SIGTERM')
  const file = join(daemon.dataDir, 'sallyport.db')
  await writeFile(file, 'no database '.repeat(1000))
  for (const suffix of ['-wal', '-shm']) await rm(file + suffix, { force: true })
  await daemon.start()
  const refused = await daemon.cli('list')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/damaged or is not a database.*Move it/s)
  expect(refused.stderr).toContain(file)
  await daemon.end('SIGTERM')
  await rename(file, `${file}.bad`)
  await daemon.start()
  await daemon.ok('start', '--', 'true')
  expect(existsSync(directory)).toBe(true)
})

test('a corrupted sidecar and a truncated segment cost what they held and nothing else', async ({ daemon }) => {
  for (const name of ['sidecar', 'segment', 'whole']) {
    await daemon.ok('start', '--name', name, '--', 'sh', '-c', 'seq 1 20000')
    await daemon.cli('wait', name)
  }
  const sidecar = await logFiles(daemon, 'sidecar')
  const segment = await logFiles(daemon, 'segment')
  await daemon.end('SIGKILL')
  const index = sidecar.files.find((name) => /ind|idx/.test(name)) ?? ''
  await writeFile(join(sidecar.directory, index), Buffer.alloc(5000, 0xee))
  const data = join(segment.directory, segment.files.find((name) => name !== index) ?? '')
  await truncate(data, Math.floor((await stat(data)).size / 2))
  await daemon.start()
  expect((await daemon.ok('logs', 'sidecar')).trimEnd().split('\n')).toHaveLength(20_000)
  expect((await daemon.ok('logs', 'whole')).trimEnd().split('\n')).toHaveLength(20_000)
  const cut = await daemon.cli('logs', 'segment')
  expect(cut.code).toBe(0)
  expect(cut.stdout.startsWith('1\n2\n')).toBe(true)
  expect(cut.stderr).toMatch(/not in the log: damaged/)
  expect((await daemon.cli('list')).code).toBe(0)
})

test('a log that somebody removed is told in a sentence, and the session can be removed', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'gone', '--', 'true')
  await daemon.cli('wait', 'gone')
  const { directory } = await logFiles(daemon, 'gone')
  await rm(directory, { recursive: true })
  const logs = await daemon.cli('logs', 'gone')
  expect(logs.code).toBe(1)
  expect(logs.stderr).toMatch(/Was its log removed\?/)
  await daemon.ok('rm', 'gone')
})

test('a data dir that is deleted under a running daemon is told in a sentence, and running sessions go on until they are ended', async ({
  daemon,
}) => {
  test.setTimeout(60_000)
  const { openClient, readOutput } = await import('./fixtures/socket-client.ts')
  const { client, connection } = openClient(daemon)
  await daemon.ok('start', '--name', 'alive', '--', 'sh', '-c', 'stty -echo; while read x; do echo "got $x"; done')
  const keeper = await daemon.keeperPid()
  const live = readOutput(client, { session: 'alive', from: { kind: 'tail' }, mode: 'attach' }, { keep: true })
  await client.session.write.mutate({
    session: 'alive',
    data: new TextEncoder().encode('one\n') as Uint8Array<ArrayBuffer>,
  })
  await expect.poll(live.text).toContain('got one')
  await rm(daemon.dataDir, { recursive: true })
  try {
    await client.session.write.mutate({
      session: 'alive',
      data: new TextEncoder().encode('two\n') as Uint8Array<ArrayBuffer>,
    })
    await expect.poll(live.text).toContain('got two')
    await expect
      .poll(
        async () => {
          await client.session.write.mutate({
            session: 'alive',
            data: new TextEncoder().encode('more\n') as Uint8Array<ArrayBuffer>,
          })
          return (await client.session.get.query({ session: 'alive' })).session.recordingPaused
        },
        { intervals: [500], timeout: 15_000 },
      )
      .toMatch(/removed/)
    const start = await client.session.create
      .mutate({ provider: 'command', command: ['true'], cwd: '/', env: {}, envIsComplete: true })
      .then(
        () => 'started',
        (error: Error) => error.message,
      )
    expect.soft(start).toMatch(/removed|does not exist|data dir|directory/)
    // Without a socket nobody new gets in, and is told where it was looked for.
    const cli = await daemon.cli('list')
    expect(cli.code).toBe(3)
    expect(cli.stderr).toContain(daemon.dataDir)
    live.stream.stop()
    await client.session.kill.mutate({ session: 'alive' })
    await daemon.end('SIGTERM')
  } finally {
    connection.close()
    try {
      process.kill(keeper, 'SIGTERM')
    } catch {
      // It has ended.
    }
  }
  expect(daemon.output).not.toMatch(/nobody expected|TypeError/)
})

test('an install key that is missing or open to others: signed out, or a sentence; sessions are kept', async ({
  daemon,
}) => {
  await daemon.ok('start', '--name', 'one', '--', 'sleep', '1000')
  const config = daemon.env.SALLYPORT_CONFIG_DIR ?? ''
  const key = join(config, (await readdir(config)).find((name) => name.endsWith('.key')) ?? '')
  await daemon.end('SIGTERM')
  await chmod(key, 0o644)
  const refused = await daemon.cli('daemon', '--port', '0')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/mode 0644.*chmod 600/s)
  expect(refused.stderr).not.toMatch(/\n\s+at /)
  await rm(key)
  await daemon.start()
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions).toMatchObject([{ name: 'one', state: 'running' }])
  expect((await stat(key)).mode & 0o777).toBe(0o600)
})

test('a data dir that is open, too deep, a link, or whose socket is planted is refused with a sentence and left alone', async ({
  daemon,
}) => {
  await daemon.end('SIGTERM')
  const refused = async (...args: string[]) => {
    const result = await daemon.cli('daemon', '--port', '0', ...args)
    expect.soft(result.code, args.join(' ')).toBe(1)
    expect.soft(result.stderr).not.toMatch(/\n\s+at /)
    return result.stderr
  }
  const root = await mkdtemp(join(tmpdir(), 'sallyport-edge-'))
  try {
    await chmod(daemon.dataDir, 0o755)
    expect.soft(await refused()).toMatch(/0755|chmod 700|open to/)
    await chmod(daemon.dataDir, 0o700)

    const deep = join(root, 'd'.repeat(120 - root.length - 1))
    expect.soft(await refused('--data-dir', deep)).toMatch(/103|too long/)

    await mkdir(join(root, 'real'), { mode: 0o700 })
    await symlink(join(root, 'real'), join(root, 'link'))
    expect.soft(await refused('--data-dir', join(root, 'link'))).toMatch(/link/)
    expect(await readdir(join(root, 'real'))).toEqual([])

    await writeFile(join(root, 'victim'), 'mine')
    const socket = join(daemon.dataDir, 'sallyport.sock')
    await rm(socket, { force: true })
    await symlink(join(root, 'victim'), socket)
    expect.soft(await refused()).toMatch(/link/)
    expect(await readFile(join(root, 'victim'), 'utf8')).toBe('mine')
    await rm(socket)
    await daemon.start()
    expect((await daemon.cli('list')).code).toBe(0)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

for (const host of ['127.0.0.1', '::1']) {
  test(`a port that is busy on ${host} only is named, with the way out, and nothing stays bound or running`, async ({
    daemon,
  }) => {
    await daemon.end('SIGTERM')
    const squatter = createServer().listen({ host, port: 0 })
    await once(squatter, 'listening')
    const address = squatter.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { code, stderr } = await daemon.cli('daemon', '--port', String(port))
    squatter.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${port} is in use`)
    expect(stderr).toContain('--port')
    await daemon.start()
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200)
  })
}

test('another user cannot reach data dir, socket or the keeper', async ({ daemon }) => {
  test.skip(process.getuid?.() !== 0, 'becoming another user needs root')
  await daemon.ok('start', '--name', 'secret', '--', 'sh', '-c', 'echo secret; exec sleep 1000')
  await chmod(join(daemon.dataDir, '..'), 0o755)
  for (const what of ['sallyport.sock', 'keeper.sock', 'sallyport.db', 'sessions']) {
    const path = join(daemon.dataDir, what)
    const attempt = run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'ls', path])
    await expect(attempt).rejects.toThrow(/Permission denied/)
  }
  const connect = 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or die "$!"'
  const socket = join(daemon.dataDir, 'sallyport.sock')
  const connecting = run('setpriv', [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    'perl',
    '-MSocket',
    '-e',
    connect,
    socket,
  ])
  await expect(connecting).rejects.toThrow(/Permission denied/)
  for (const name of ['', 'sallyport.sock', 'keeper.sock', 'sallyport.db', 'sessions']) {
    expect((await stat(join(daemon.dataDir, name))).mode & 0o077, name).toBe(0)
  }
})
