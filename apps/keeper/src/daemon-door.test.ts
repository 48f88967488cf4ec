import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type BuiltKeeper, buildKeeper } from './testing/build-keeper.ts'
import { connectAsDaemon } from './testing/keeper-client.ts'
import { recordedBytes } from './testing/recorded-bytes.ts'
import { launchKeeper, makeDataDir, startKeeper, startKeeperWithDaemon } from './testing/start-keeper.ts'

let built: BuiltKeeper
beforeAll(async () => {
  built = await buildKeeper()
})
afterAll(() => built.remove())

/** What comes back for a request on a fresh connection: the status line, or nothing when the keeper hangs up. */
const knock = async (dataDir: string): Promise<string> => {
  const socket = connect(join(dataDir, 'keeper.sock'))
  // Being hung up on can show as a reset, or as EPIPE for what we were still writing.
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  // Not once(): it rejects on that error.
  await new Promise((resolve) => socket.on('close', resolve))
  return answer.split('\r\n')[0] ?? ''
}

test('the socket is private, and says hello to the daemon', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  expect((await stat(join(keeper.dataDir, 'keeper.sock'))).mode & 0o777).toBe(0o600)
  expect(await client.control.hello.query()).toMatchObject({ protocol: { major: 1 }, pid: keeper.pid })
  expect(await knock(keeper.dataDir)).toBe('HTTP/1.1 404 Not Found')
})

test('a second keeper on the same data dir exits and names the first', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const second = launchKeeper(built.keeperPath, keeper.dataDir)
  const [code] = await once(second.process, 'exit')
  expect(code).toBe(1)
  await second.logged(new RegExp(`process ${keeper.pid}`))
  expect((await client.control.hello.query()).pid).toBe(keeper.pid)
})

test('a data dir that others can enter is refused', async () => {
  const dataDir = await makeDataDir()
  await chmod(dataDir, 0o755)
  const keeper = launchKeeper(built.keeperPath, dataDir)
  const [code] = await once(keeper.process, 'exit')
  expect(code).toBe(1)
  await keeper.logged(/chmod 700/)
})

test('a process of the same user that does not hold the daemon lock is refused', async () => {
  const keeper = await startKeeper(built.keeperPath)
  expect(await knock(keeper.dataDir)).toBe('')
  await keeper.logged(/refused a connection: process \d+ does not hold/)
})

test('a program in a session is refused, even when it holds the daemon lock', async () => {
  const keeper = await startKeeper(built.keeperPath)
  const client = await connectAsDaemon(keeper.dataDir)
  const program = `
import fcntl, os, socket, time
lock = os.open(${JSON.stringify(join(keeper.dataDir, 'daemon.lock'))}, os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
os.ftruncate(lock, 0); os.write(lock, b"%d\\n" % os.getpid())
s = socket.socket(socket.AF_UNIX); s.connect(${JSON.stringify(join(keeper.dataDir, 'keeper.sock'))})
try:
  s.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
  print("got", s.recv(100))
except OSError as e:
  print("got", e)
`
  const session = await client.spawn({ file: '/usr/bin/env', args: ['python3', '-c', program] })
  // The program waits for the lock; giving it up is what the real daemon does when it ends.
  await client.close()
  await keeper.logged(/refused a connection: process \d+ was started by a session/)
  await expect
    .poll(async () => (await recordedBytes(keeper.dataDir, session.id)).toString(), { timeout: 5000, interval: 20 })
    .toMatch(/got (b''|\[Errno)/)
})

test('kill -9 of the daemon ends nothing: the next one finds the same sessions and misses no byte', async () => {
  const keeper = await startKeeper(built.keeperPath)
  const script =
    'stty raw -echo; i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo $i; sleep 0.002; done; printf "\\033[6n"; head -c 6 >/dev/null; exec sleep 1000'
  const first = spawn(process.execPath, [built.fakeDaemonPath, keeper.dataDir, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void first.kill('SIGKILL'))
  const [id] = (await once(createInterface({ input: first.stdout }), 'line')) as [string]
  first.kill('SIGKILL')
  await once(first, 'exit')
  await keeper.logged(/daemon \d+ is gone/)

  const client = await connectAsDaemon(keeper.dataDir)
  const [session] = await client.control.list.query()
  expect(session).toMatchObject({ id, state: 'running' })
  const frames = await client.openFrames()
  const output = frames.watch(session?.handle ?? 0)
  await frames.until(() => Buffer.concat(output.chunks).includes('\x1b[6n'))
  expect(Buffer.concat(output.chunks).toString()).toBe(
    `${Array.from({ length: 400 }, (_, at) => `${at + 1}\n`).join('')}\x1b[6n`,
  )
  expect(output.gaps).toEqual([])
  // The dead daemon had taken over the answers; the program went on to sleep, so the keeper gave this one.
  await expect.poll(() => readFile(`/proc/${session?.pid}/comm`, 'utf8'), { timeout: 5000 }).toBe('sleep\n')
  await client.control.shutdown.mutate({ graceMs: 0 })
  await client.close()
})

test('SIGTERM ends the sessions by the ladder, closes their logs and removes the socket', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(`trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done`)
  const frames = await client.openFrames()
  const output = frames.watch(session.handle)
  await frames.until(() => Buffer.concat(output.chunks).includes('up'))
  keeper.process.kill('SIGTERM')
  const [code] = await once(keeper.process, 'exit')
  expect(code).toBe(0)
  expect((await recordedBytes(keeper.dataDir, session.id)).toString()).toMatch(/^up\r\n(Terminated\r\n)?bye\r\n$/)
  await expect(stat(join(keeper.dataDir, 'keeper.sock'))).rejects.toThrow('ENOENT')
})

test('a keeper that was killed leaves nothing in the way of the next one', async () => {
  const keeper = await startKeeper(built.keeperPath)
  keeper.process.kill('SIGKILL')
  await once(keeper.process, 'exit')
  const next = await startKeeper(built.keeperPath, keeper.dataDir)
  expect(next.pid).not.toBe(keeper.pid)
})
