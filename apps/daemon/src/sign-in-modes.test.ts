import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type BuiltDaemon, buildDaemon } from './testing/build-daemon.ts'
import { callSocket, type DaemonProcess, endDaemons, runDaemon } from './testing/daemon-process.ts'

const canary = 'correct-horse-canary-staple'
/** The uid that every Linux has for nobody. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0

let built: BuiltDaemon
let root = ''
let started: DaemonProcess[] = []

beforeAll(async () => {
  built = await buildDaemon()
})
afterAll(() => built.remove())
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-m-'))
})
afterEach(async () => {
  await endDaemons(started, join(root, 'data'))
  started = []
  rmSync(root, { recursive: true, force: true })
})

const start = (environment: Record<string, string> = {}, args: readonly string[] = [], uid?: number): DaemonProcess => {
  const daemon = runDaemon(
    built.main,
    ['--data-dir', join(root, 'data'), '--port', '0', ...args],
    { SALLYPORT_CONFIG_DIR: join(root, 'config'), ...environment },
    uid === undefined ? {} : { uid },
  )
  started.push(daemon)
  return daemon
}

const ready = async (daemon: DaemonProcess): Promise<string> => {
  const { url } = await daemon.announced
  await daemon.logged(/ ready url=/)
  return url ?? ''
}
const stop = async (daemon: DaemonProcess): Promise<void> => {
  daemon.child.kill('SIGTERM')
  expect(await daemon.exited).toBe(0)
}
const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())

/** What somebody looks for who has the disk and the logs: the password as it is and as its simplest disguises. */
const disguises = [
  canary,
  Buffer.from(canary).toString('base64').replace(/=+$/, ''),
  Buffer.from(canary).toString('hex'),
]
const expectNowhere = (text: string): void => {
  for (const disguise of disguises) expect(text).not.toContain(disguise)
}

/** The cookie has the port in its name, so it must be the same after a restart. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const passwordFile = (): string => {
  const path = join(root, 'password')
  writeFileSync(path, `${canary}\n`, { mode: 0o600 })
  return path
}

test.each<[string, Record<string, string>, string[], string]>([
  ['off, on the network', { SALLYPORT_AUTH_MODE: 'off' }, ['--host', '0.0.0.0'], 'auth.mode off and http.host 0.0.0.0'],
  ['off, and a password', { SALLYPORT_AUTH_ENABLED: 'false', SALLYPORT_PASSWORD: canary }, [], 'contradict each other'],
  ['password, and none', { SALLYPORT_AUTH_MODE: 'password' }, [], 'needs a password'],
  ['a password of seven', { SALLYPORT_PASSWORD: 'cAnaRy7' }, [], 'SALLYPORT_PASSWORD: Use at least 8 characters'],
  ['everybody is a proxy', { SALLYPORT_TRUST_PROXY: '0.0.0.0/0' }, [], 'trust_proxy: 0.0.0.0/0 is wider than /8'],
])('%s: the start ends with a sentence, and nothing is made', async (_name, environment, args, sentence) => {
  const daemon = start(environment, args)
  expect((await daemon.announced).error).toContain(sentence)
  expect(await daemon.exited).toBe(1)
  expectNowhere(daemon.log())
  expect(daemon.log()).not.toContain('cAnaRy7')
  expect(existsSync(join(root, 'data'))).toBe(false)
})

test('mode off says so where it starts, and is open to this machine alone', async () => {
  const daemon = start({ SALLYPORT_AUTH_MODE: 'off' })
  expect(await daemon.announced).toMatchObject({ ok: true, mode: 'off', isFirstRun: false })
  await daemon.logged(/warn sign-in is off: every program and user of this machine/)
  const url = await ready(daemon)
  const dial = async (headers: Record<string, string>): Promise<number> => {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/trpc`, { headers: { Origin: url, ...headers } })
    ws.on('error', () => undefined)
    const [, response] = await Promise.race([
      once(ws, 'upgrade').then(() => [null, null]),
      once(ws, 'unexpected-response'),
    ])
    ws.terminate()
    return response === null ? 101 : response.statusCode
  }
  expect(await dial({})).toBe(101)
  // A tunnel or proxy on this machine brings strangers, and has to say so.
  expect(await dial({ 'X-Forwarded-For': '127.0.0.1' })).toBe(401)
  await stop(daemon)
  expect(daemon.stdout()).toContain('SIGN-IN IS OFF')
})

test.each<[string, () => Record<string, string>]>([
  ['the environment', () => ({ SALLYPORT_PASSWORD: canary })],
  ['a file', () => ({ SALLYPORT_PASSWORD_FILE: passwordFile() })],
])('a password of %s is on no disk, in no log and in no output', async (_name, environment) => {
  const daemon = start(environment())
  expect(await daemon.announced).toMatchObject({ ok: true, mode: 'password', isFirstRun: false })
  await daemon.logged(/connected to the keeper/)
  daemon.child.kill('SIGTERM')
  expect(await daemon.exited).toBe(0)
  expectNowhere(daemon.log())
  expectNowhere(daemon.stdout())
  const files = [...filesBelow(join(root, 'data')), ...filesBelow(join(root, 'config'))]
  expect(files.length).toBeGreaterThan(2)
  for (const file of files) expectNowhere(readFileSync(file, 'latin1'))
  const show = start({ SALLYPORT_PASSWORD: canary }, ['--show-config'])
  expect(await show.exited).toBe(0)
  expect(JSON.parse(show.stdout()).entries).toContainEqual({
    key: 'auth.mode',
    value: 'password',
    source: 'environment',
    origin: 'SALLYPORT_PASSWORD',
  })
  expectNowhere(show.stdout())
})

test.runIf(process.platform === 'linux')(
  'the environment password cannot be read from /proc of daemon or keeper by the same user',
  async () => {
    const uid = isRoot ? nobody : undefined
    chmodSync(dirname(dirname(built.main)), 0o755)
    for (const name of ['data', 'config']) {
      mkdirSync(join(root, name), { mode: 0o700 })
      if (isRoot) chownSync(join(root, name), nobody, nobody)
    }
    chmodSync(root, 0o755)
    const daemon = start({ SALLYPORT_PASSWORD: canary }, [], uid)
    expect(await daemon.announced).toMatchObject({ ok: true, mode: 'password' })
    const [, keeper] = await daemon.logged(/connected to the keeper pid=(\d+)/)
    const keeperPid = Number(keeper)

    const identity = uid === undefined ? {} : { uid, gid: uid }
    const read = (pid: number | undefined, name: string) =>
      spawnSync('cat', [`/proc/${pid}/${name}`], { ...identity, encoding: 'latin1' })
    // It is the same user indeed: what is open to everybody of that uid is read.
    expect(read(daemon.child.pid, 'cmdline').stdout).toContain('--data-dir')
    for (const pid of [daemon.child.pid, keeperPid]) {
      for (const name of ['environ', 'mem']) {
        const { stdout, stderr } = read(pid, name)
        expect(stdout).toBe('')
        expect(stderr).toContain('Permission denied')
      }
      expectNowhere(read(pid, 'cmdline').stdout)
    }
    // The keeper lives on after this daemon, so it must not have the password at all. Root may look.
    if (isRoot) {
      const environment = readFileSync(`/proc/${keeperPid}/environ`, 'latin1')
      expect(environment).toContain('PATH=')
      expect(environment).not.toContain('SALLYPORT_')
      expectNowhere(environment)
    }
  },
)

const revealed = async (): Promise<string> => {
  const answer = await callSocket(join(root, 'data/sallyport.sock'), 'mutation', 'auth.revealPassword')
  return (answer as { password: string }).password
}

test.each<[string, Record<string, string>, boolean]>([
  ['accounts', {}, true],
  ['ephemeral', { SALLYPORT_AUTH_MODE: 'ephemeral' }, false],
])(
  'mode %s without a terminal: the command that shows the password, never the password',
  async (mode, set, isFirstRun) => {
    for (const args of [[], ['--detached']]) {
      const daemon = start(set, args)
      expect(await daemon.announced).toMatchObject({ ok: true, mode, isFirstRun })
      const password = await revealed()
      await stop(daemon)
      expect(password.length).toBeGreaterThanOrEqual(16)
      if (args.length === 0) expect(daemon.stdout()).toContain('npx sallyport password')
      const said = [daemon.stdout(), daemon.log(), JSON.stringify(await daemon.announced)]
      const written = [...filesBelow(join(root, 'data')), ...filesBelow(join(root, 'config'))]
      for (const text of [...said, ...written.map((file) => readFileSync(file, 'latin1'))]) {
        expect(text).not.toContain(password)
        expect(text).not.toContain(password.replaceAll('-', ''))
      }
    }
  },
)

test.runIf(existsSync('/usr/bin/script'))('on a terminal the first run shows the setup password', async () => {
  const quoted = [process.execPath, built.main, '--data-dir', join(root, 'data'), '--port', '0']
    .map((word) => `'${word}'`)
    .join(' ')
  // util-linux: the command runs on a terminal of its own, whose output comes through the pipe.
  const child = spawn('/usr/bin/script', ['-qec', quoted, '/dev/null'], {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', SHELL: '/bin/sh', SALLYPORT_CONFIG_DIR: join(root, 'config') },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let shown = ''
  const exited = once(child, 'close')
  await new Promise<void>((resolve, reject) => {
    exited.then(() => reject(new Error(`it ended: ${shown}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString()
      if (shown.includes('Ctrl+C leaves')) resolve()
    })
  })
  const password = await revealed()
  await callSocket(join(root, 'data/sallyport.sock'), 'mutation', 'admin.stop', { all: true })
  await exited
  expect(shown).toContain(`\r\n      ${password}\r\n`)
})

/** Signs a browser in with a launch ticket. The cookie, as it is sent back. */
const signIn = async (url: string): Promise<string> => {
  const minted = await callSocket(join(root, 'data/sallyport.sock'), 'mutation', 'auth.createTicket', {})
  const ticket = new URL((minted as { url: string }).url).hash.slice(1)
  const answer = await fetch(`${url}/trpc/auth.redeemTicket`, {
    method: 'POST',
    headers: { Origin: url, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket }),
  })
  return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
}
const isSignedIn = async (url: string, cookie: string): Promise<boolean> => {
  const answer = await fetch(`${url}/trpc/auth.whoami`, { headers: { Cookie: cookie } })
  return ((await answer.json()) as { result: { data: { kind: string } } }).result.data.kind === 'user'
}

test('with a password, sign-ins survive a restart with the same password and install, and nothing else', async () => {
  const port = String(await freePort())
  const restart = async (environment: Record<string, string>) => {
    const daemon = start(environment, ['--port', port])
    return { daemon, url: await ready(daemon) }
  }
  const first = await restart({ SALLYPORT_PASSWORD: canary })
  const cookie = await signIn(first.url)
  expect(await isSignedIn(first.url, cookie)).toBe(true)
  await stop(first.daemon)
  for (const [environment, survives] of [
    [{ SALLYPORT_PASSWORD: canary }, true],
    [{ SALLYPORT_PASSWORD: `${canary}!` }, false],
    [{ SALLYPORT_PASSWORD: canary, SALLYPORT_INSTALL_ID: 'another-install' }, false],
    [{}, false],
  ] as const) {
    const { daemon, url } = await restart(environment)
    expect([environment, await isSignedIn(url, cookie)]).toEqual([environment, survives])
    await stop(daemon)
  }
}, 60_000)

const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((it) => it?.family === 'IPv4' && !it.internal)?.address

test.runIf(ownAddress !== undefined)('on an address of the network it warns, and is on localhost too', async () => {
  const daemon = start({}, ['--host', ownAddress ?? ''])
  const { url } = await daemon.announced
  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  const port = new URL(url ?? '').port
  for (const host of ['localhost', ownAddress]) expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200)
  await daemon.logged(/connected to the keeper/)
  await daemon.logged(/warn listening on [\d.]+ without TLS: anybody on the network path can read and change/)
})
