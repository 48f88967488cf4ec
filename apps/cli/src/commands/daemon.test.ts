import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestDaemon } from '@sallyport/client/fixtures/test-daemon'
import type { AuthMode } from '@sallyport/contract/auth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BuiltCli, type CliResult } from '../testing/built-cli.ts'
import type { SignInState } from './ways-in.ts'

/** Stands where the bundled daemon stands, and tells how it was started. */
const daemonMain = `
import { writeSync } from 'node:fs'
const argv = process.argv.slice(2)
const at = argv.indexOf('--ready-fd')
if (argv.includes('--validate-config')) { console.log(argv.join(' ')); process.exitCode = 1 }
else if (at === -1) { console.log(argv.join(' ')); process.exitCode = 7 }
else if (argv.includes('0')) process.exitCode = 1
else if (argv.includes('1')) writeSync(Number(argv[at + 1]), JSON.stringify({ ok: false, error: 'port 1 is busy; choose another with --port' }) + '\\n')
else writeSync(Number(argv[at + 1]), JSON.stringify({ ok: true, pid: process.pid, url: 'http://localhost:8447', dataDir: argv[1], ...JSON.parse(process.env.TEST_SIGN_IN) }) + '\\n')
`

let built: BuiltCli

beforeAll(async () => {
  built = await BuiltCli.build()
})

afterAll(() => built.remove())

const withDaemonMain = (): void => {
  const directory = join(built.directory, 'dist/daemon')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'main.js'), daemonMain)
}

const detached = (signIn: SignInState): Promise<CliResult> =>
  built.run({
    args: ['daemon', '--detach'],
    env: { SALLYPORT_DATA_DIR: '/d', TEST_SIGN_IN: JSON.stringify(signIn) },
  })

test('without a built daemon, daemon says how to build it', async () => {
  const result = await built.run({ args: ['daemon'] })
  expect(result.exit).toBe(1)
  expect(result.stderr).toContain('the daemon is not built')
})

test('in the foreground this process becomes the daemon, with its exit code', async () => {
  withDaemonMain()
  const result = await built.run({
    args: ['daemon', '--data-dir', '/d', '--port', '9', '--no-http', '--config', 'c', '--host', 'h'],
  })
  expect(result).toEqual({ exit: 7, stdout: '--data-dir /d --config c --host h --port 9 --no-http\n', stderr: '' })
})

test('--detach prints the address once the daemon is ready, and how to stop it', async () => {
  withDaemonMain()
  const result = await detached({ mode: 'accounts', isFirstRun: false })
  expect(result).toMatchObject({ exit: 0, stdout: 'http://localhost:8447\n' })
  expect(result.stderr).toContain('data in /d')
  expect(result.stderr).toContain('sallyport daemon stop')
})

test('--detach says how to get in, by mode', async () => {
  withDaemonMain()
  const hint = async (mode: AuthMode, isFirstRun = false): Promise<string> =>
    (await detached({ mode, isFirstRun })).stderr.split('\n')[1] ?? ''
  expect(await hint('accounts', true)).toBe('sign in: http://localhost:8447, setup password: sallyport password')
  expect(await hint('accounts')).toBe('sign in: http://localhost:8447, with your password, or without: sallyport open')
  expect(await hint('ephemeral')).toContain('sallyport password')
  expect(await hint('password')).not.toContain('sallyport password')
  expect(await hint('off')).toMatch(/^no sign-in \(auth\.mode: off\)/)
})

test('--detach tells why the daemon did not start', async () => {
  withDaemonMain()
  const refused = await built.run({ args: ['daemon', '--detach', '--port', '1'] })
  expect(refused).toMatchObject({ exit: 1, stderr: 'sallyport: port 1 is busy; choose another with --port\n' })
  const silent = await built.run({ args: ['daemon', '--detach', '--port', '0'] })
  expect(silent.exit).toBe(1)
  expect(silent.stderr).toContain('ended before it was ready')
})

test('config validate asks the daemon itself', async () => {
  withDaemonMain()
  const result = await built.run({ args: ['config', 'validate', '--config', '/c.yaml'] })
  expect(result).toMatchObject({ exit: 1, stdout: '--config /c.yaml --validate-config\n' })
})

test('daemon stop returns when the daemon is gone: its process, not only its sockets', async () => {
  await using daemon = await TestDaemon.start()
  const slow = spawn('sleep', ['1000'])
  daemon.sessions.daemonPid = slow.pid ?? 0
  const gone = once(slow, 'exit').then(() => performance.now())
  daemon.sessions.events.on('received', (message) => {
    if (!JSON.stringify(message).includes('admin.stop')) return
    setImmediate(() => daemon.closeConnections(1001))
    // It outlives its sockets, as one that still writes what waits.
    setTimeout(() => slow.kill(), 300)
  })
  const result = await built.run({ args: ['daemon', 'stop', '--all'], env: { SALLYPORT_DATA_DIR: daemon.dataDir } })
  expect(result).toEqual({ exit: 0, stdout: '', stderr: 'stopped, with all sessions\n' })
  expect(performance.now()).toBeGreaterThanOrEqual(await gone)
})
