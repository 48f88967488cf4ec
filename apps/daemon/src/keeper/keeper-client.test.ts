import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { KeptSession, SpawnSecret, WatchSink } from '@sallyport/api/keeper-port'
import { acquireFileLock, type FileLock } from '@sallyport/unix-socket/file-lock'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BuiltKeeper, buildKeeper } from '../testing/build-daemon.ts'
import { silentLog } from '../testing/listening.ts'
import { createKeeperClient, type KeeperClient } from './keeper-client.ts'

let built: BuiltKeeper
let dataDir = ''
let lock: FileLock
let clients: KeeperClient[] = []
const ID = 'abcdefgh0123'

beforeAll(async () => {
  built = await buildKeeper()
})
afterAll(() => built.remove())
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'sallyport-k-'))
  lock = await acquireFileLock(join(dataDir, 'daemon.lock'))
})
afterEach(async () => {
  const last = clients.findLast((client) => client.pid !== null)
  await last?.shutdown(0)
  for (const client of clients) client.close()
  clients = []
  await lock.release()
  rmSync(dataDir, { recursive: true, force: true })
})

const connect = async (file = built.keeper): Promise<KeeperClient> => {
  const client = createKeeperClient({
    program: { dataDir, file, environment: { PATH: '/usr/bin:/bin' } },
    logLimits: { maxBytes: 64 * 1024 * 1024, segmentBytes: 1024 * 1024, minFreeBytes: 0 },
    logDirectory: async (id) => join(dataDir, 'sessions', id),
    log: silentLog,
    now: Date.now,
  })
  clients.push(client)
  await client.ready
  return client
}

const spawn = (client: KeeperClient, script: string, secrets: readonly SpawnSecret[] = []): Promise<KeptSession> =>
  client.spawn({
    id: ID,
    file: '/bin/sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', TERM: 'xterm', ...Object.fromEntries(secrets.map((s) => [s.name, s.value])) },
    secrets,
    umask: 0o022,
    cols: 80,
    rows: 24,
  })

/** Collects a watched session; `until` resolves when that many bytes have come. */
const collector = () => {
  const chunks: Buffer[] = []
  let [next, wanted] = [0, Number.POSITIVE_INFINITY]
  let done: () => void = () => undefined
  const sink: WatchSink = {
    onBytes: (offset, bytes) => {
      if (offset !== next) throw new Error(`gap: ${offset} after ${next}`)
      chunks.push(Buffer.from(bytes))
      next = offset + bytes.length
      if (next >= wanted) done()
    },
    onTip: () => undefined,
    onComplete: () => done(),
  }
  return {
    sink,
    text: () => Buffer.concat(chunks).toString('latin1'),
    next: () => next,
    until: (bytes: number): Promise<void> =>
      new Promise((resolve) => {
        wanted = bytes
        done = resolve
        if (next >= bytes) resolve()
      }),
  }
}

test('what is typed comes back byte for byte and in order, 1 MiB of it', async () => {
  const client = await connect()
  await spawn(client, 'stty raw -echo; printf ready; exec cat')
  const output = collector()
  client.watch(ID, 0, output.sink)
  await output.until(5)
  const input = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, index) => 32 + (index % 90)))
  // One at a time: `write` says when the stream took it, which is what keeps a paste from filling memory.
  for (let at = 0; at < input.length; at += 65_536) {
    await client.write(ID, input.subarray(at, at + 65_536))
    await output.until(5 + Math.min(at + 65_536, input.length))
  }
  expect(output.text() === `ready${input.toString('latin1')}`).toBe(true)
})

test('a successor finds the same keeper and session and goes on at the next byte', async () => {
  const first = await connect()
  await spawn(first, 'printf one; read line; printf "two$line"; exec sleep 60')
  const output = collector()
  first.watch(ID, 0, output.sink)
  await output.until(3)
  const keeperPid = first.pid
  first.close()

  const second = await connect()
  expect(second.pid).toBe(keeperPid)
  const snapshot = await new Promise<readonly KeptSession[]>((resolve) => {
    second.onEvent((event) => event.kind === 'snapshot' && resolve(event.sessions))
  })
  expect(snapshot).toMatchObject([{ id: ID, state: 'running', end: 3 }])
  second.watch(ID, output.next(), output.sink)
  await second.write(ID, Buffer.from('X\r'))
  await output.until(10)
  expect(output.text()).toBe('oneX\r\ntwoX')
})

test('a killed keeper is told as gone, and the next one has none of its sessions', async () => {
  const client = await connect()
  await spawn(client, 'exec sleep 60')
  const events: string[] = []
  const next = new Promise<readonly KeptSession[]>((resolve) => {
    client.onEvent((event) => {
      events.push(event.kind)
      if (event.kind === 'snapshot' && events.includes('disconnected')) resolve(event.sessions)
    })
  })
  const killed = client.pid
  process.kill(Number(killed), 'SIGKILL')
  expect(await next).toEqual([])
  expect(client.pid).not.toBe(killed)
  expect(events).toEqual(['snapshot', 'disconnected', 'snapshot'])
  await expect(client.write(ID, Buffer.from('x'))).rejects.toMatchObject({ errorCode: 'conflict' })
})

const token = { name: 'TOKEN', value: 'canary-4f1c90aa17' }

test('a secret is masked in what comes from the keeper', async () => {
  const client = await connect()
  const output = collector()
  client.watch(ID, 0, output.sink)
  await spawn(client, 'printf "<$TOKEN>"', [token])
  await output.until(Number.POSITIVE_INFINITY)
  expect(output.text()).toBe('<[secret:TOKEN]>')
})

/** The keeper of the release before masking, as far as a daemon can tell. */
const buildOldKeeper = (): string => {
  const source = readFileSync(built.keeper, 'utf8')
  const old = source.replace(/(KEEPER_PROTOCOL = \{\s*major: 1,\s*minor: )1\b/, '$10')
  expect(old).not.toBe(source)
  const file = join(dirname(built.keeper), 'old-keeper.js')
  writeFileSync(file, old)
  return file
}

test('a keeper that does not know masking is never given a program with secrets, and runs the others', async () => {
  const client = await connect(buildOldKeeper())
  const witness = join(dataDir, 'witness')
  await expect(spawn(client, `touch ${witness}`, [token])).rejects.toMatchObject({
    errorCode: 'unavailable',
    message: expect.stringContaining('sallyport daemon stop --all'),
  })
  await spawn(client, 'exec sleep 60')
  expect(existsSync(witness)).toBe(false)
})

test('secrets that are too large to be masked are refused in words that show none of them', async () => {
  const client = await connect()
  const large = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].map((name) => ({
    name,
    value: `canary-${randomBytes(32_000).toString('hex')}`,
  }))
  const refused = await spawn(client, 'exit 0', large).catch((error: Error) => error)
  expect(refused).toMatchObject({ errorCode: 'too_large', message: expect.stringContaining('too large to be masked') })
  expect((refused as Error).message).not.toContain('canary')
})
