import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { CliResult, TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'
import { SessionPage } from './pages/session-page.ts'

const TOKEN = 'ghp_Canary0123456789abcdefTOKEN'

/** A verb with something on its standard input. */
const withInput = async (daemon: TestDaemon, input: string, ...args: string[]): Promise<CliResult> => {
  const child = daemon.spawnCli(args)
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin?.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

const createSet = async (daemon: TestDaemon, name: string, variable: string, value: string): Promise<void> => {
  const { code, stderr } = await withInput(daemon, value, 'env-set', 'create', '--name', name, '--from-stdin', variable)
  expect(code, stderr).toBe(0)
}

/** Changes the database with no daemon looking: what an attacker with the file can do. */
const changeDatabase = (daemon: TestDaemon, ...statements: string[]): void => {
  execFileSync(
    process.execPath,
    [
      '-e',
      `const { createClient } = require('@libsql/client'); const [path, ...all] = process.argv.slice(1);
       const c = createClient({ url: 'file:' + path }); (async () => { for (const one of all) await c.execute(one); c.close() })()`,
      join(daemon.dataDir, 'sallyport.db'),
      ...statements,
    ],
    { cwd: join(import.meta.dirname, '../packages/database') },
  )
}

const filesUnder = async (...directories: string[]): Promise<[string, Buffer][]> => {
  const found: [string, Buffer][] = []
  for (const directory of directories) {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      found.push([path, await readFile(path).catch(() => Buffer.alloc(0))])
    }
  }
  return found
}

const commandLines = async (): Promise<[string, Buffer][]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const read = async (pid: string): Promise<[string, Buffer]> => [
    `/proc/${pid}/cmdline`,
    await readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0)),
  ]
  return Promise.all(pids.map(read))
}

const sightings = (places: readonly [string, Buffer][], ...forms: string[]): string[] =>
  places.filter(([, content]) => forms.some((form) => content.includes(form))).map(([place]) => place)

test('a secret reaches the process and nothing else: mask in the CLI, in the browser, in the download and on the disk', async ({
  daemon,
  page,
  signIn,
}) => {
  await createSet(daemon, 'prod', 'API_TOKEN', TOKEN)
  const list = await daemon.ok('env-set', 'list', '--json')
  expect(JSON.parse(list)).toMatchObject({
    schemaVersion: 1,
    envSets: [{ name: 'prod', variables: [{ name: 'API_TOKEN', version: 1 }] }],
  })
  const script =
    'test -n "$API_TOKEN" && echo "token is $API_TOKEN"; printf %s "$API_TOKEN" | sha256sum; printf %s "$API_TOKEN" | base64; exec sh'
  const id = (await daemon.ok('start', '--name', 'run', '--env-set', 'prod', '--', 'sh', '-c', script)).trim()
  await expect.poll(() => daemon.ok('logs', 'run')).toContain('token is [')
  const hash = createHash('sha256').update(TOKEN).digest('hex')
  await expect.poll(() => daemon.ok('logs', 'run')).toContain(hash)

  await signIn(page)
  const session = new SessionPage(page)
  await session.open(id)
  await session.shows('token is [')
  await session.run('echo "again: $API_TOKEN"')
  await session.shows('again: [')
  expect((await session.lines()).join('\n')).not.toContain(TOKEN)
  const download = await page.request.get(`${daemon.url}/sessions/${id}/log?format=raw`)
  expect((await download.body()).includes(TOKEN)).toBe(false)
  expect(JSON.parse(await daemon.ok('env-set', 'usage', 'prod', '--json')).sessions).toMatchObject([{ id, live: true }])

  const forms = [TOKEN, Buffer.from(TOKEN).toString('base64').slice(2, -4), Buffer.from(TOKEN).toString('hex')]
  const places = [...(await filesUnder(daemon.dataDir, daemon.configDir)), ...(await commandLines())]
  expect(sightings([...places, ['output', Buffer.from(daemon.output)], ['list', Buffer.from(list)]], ...forms)).toEqual(
    [],
  )
  // A test of the test: the process itself has it.
  const live = await readFile(`/proc/${await keeperChild(daemon)}/environ`)
  expect(live.includes(TOKEN)).toBe(true)

  expect((await daemon.ok('env-set', 'reveal', 'prod', 'API_TOKEN')).trim()).toBe(TOKEN)
  expect(await daemon.ok('audit', '--event', 'env_set.revealed')).toContain('API_TOKEN')
  expect(await daemon.ok('audit')).not.toContain(TOKEN)
})

/** The one program that the keeper runs. */
const keeperChild = async (daemon: TestDaemon): Promise<string> => {
  const pid = await daemon.keeperPid()
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1')).trim().split(' ')[0] ?? ''
}

test('two ciphertexts that were swapped in the database open nothing: the start names the variable, and nothing leaks', async ({
  daemon,
}) => {
  await createSet(daemon, 'prod', 'FIRST', `${TOKEN}-1`)
  expect((await withInput(daemon, `${TOKEN}-2`, 'env-set', 'set', 'prod', '--from-stdin', 'SECOND')).code).toBe(0)
  await daemon.endAll()
  const columns = execFileSync(
    process.execPath,
    [
      '-e',
      `const { createClient } = require('@libsql/client'); const c = createClient({ url: 'file:' + process.argv[1] });
       c.execute('SELECT sql FROM sqlite_master WHERE name = \\'EnvVariable\\'').then(({ rows }) => console.log(String(rows[0].sql)))`,
      join(daemon.dataDir, 'sallyport.db'),
    ],
    { cwd: join(import.meta.dirname, '../packages/database'), encoding: 'utf8' },
  )
  expect(columns).toContain('"sealed"')
  changeDatabase(
    daemon,
    `UPDATE "EnvVariable" SET "sealed" = (SELECT "sealed" FROM "EnvVariable" AS other WHERE other."name" <> "EnvVariable"."name")`,
  )
  await daemon.start()
  const start = await daemon.cli('start', '--env-set', 'prod', '--', 'env')
  expect(start.code).not.toBe(0)
  expect(start.stderr).toMatch(/FIRST|SECOND/)
  expect(start.stdout + start.stderr).not.toContain(TOKEN)
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions).toEqual([])
})

test('a master key that is open to others, or gone, locks the env sets and nothing else', async ({
  daemon,
  page,
  signIn,
}) => {
  await createSet(daemon, 'prod', 'API_TOKEN', TOKEN)
  const [key] = (await readdir(daemon.configDir)).filter((name) => name.endsWith('.master'))
  const path = join(daemon.configDir, key ?? '')
  for (const spoil of [() => chmod(path, 0o644), () => rename(path, `${path}.away`)]) {
    await daemon.end('SIGTERM')
    await spoil()
    await daemon.start()
    const start = await daemon.cli('start', '--env-set', 'prod', '--', 'env')
    expect(start.code).toBe(5)
    expect(start.stderr).toMatch(/master key|key file|\.master/i)
    expect(await daemon.ok('daemon', 'status')).toMatch(/env set/i)
    expect(await daemon.ok('env-set', 'list')).toContain('API_TOKEN')
    const free = (await daemon.ok('start', '--', 'sh', '-c', 'echo works')).trim()
    await expect.poll(() => daemon.ok('logs', free)).toContain('works')
  }
  // Never silently made anew.
  expect((await readdir(daemon.configDir)).filter((name) => name.endsWith('.master'))).toEqual([])
  await signIn(page)
  await page.goto(`${daemon.url}/env-sets`)
  await expect(page.getByText(/locked/i).first()).toBeVisible()

  await daemon.end('SIGTERM')
  await rename(`${path}.away`, path)
  await chmod(path, 0o600)
  await daemon.start()
  expect((await daemon.ok('env-set', 'reveal', 'prod', 'API_TOKEN')).trim()).toBe(TOKEN)
})

test('a daemon whose key file was moved away seals nothing more under it, and what it holds still opens', async ({
  daemon,
}) => {
  await createSet(daemon, 'prod', 'API_TOKEN', TOKEN)
  const [key] = (await readdir(daemon.configDir)).filter((name) => name.endsWith('.master'))
  const path = join(daemon.configDir, key ?? '')
  await rename(path, `${path}.away`)
  const refused = await withInput(daemon, 'another secret', 'env-set', 'set', 'prod', '--from-stdin', 'SECOND')
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toMatch(/put it back/)
  expect((await daemon.ok('env-set', 'reveal', 'prod', 'API_TOKEN')).trim()).toBe(TOKEN)
  await rename(`${path}.away`, path)
  expect((await withInput(daemon, 'another secret', 'env-set', 'set', 'prod', '--from-stdin', 'SECOND')).code).toBe(0)
})

test('kill -9 in the middle of a rotation: every set still opens', async ({ daemon }) => {
  await createSet(daemon, 'prod', 'API_TOKEN', TOKEN)
  for (const delayMs of [0, 5, 15, 40, 90]) {
    const rotation = daemon.spawnCli(['env-set', 'rotate'])
    const ended = once(rotation, 'close')
    await new Promise((resolve) => setTimeout(resolve, 150 + delayMs))
    await daemon.end('SIGKILL')
    await ended
    await daemon.start()
    expect((await daemon.ok('env-set', 'reveal', 'prod', 'API_TOKEN')).trim()).toBe(TOKEN)
  }
  await daemon.ok('env-set', 'rotate')
  expect((await daemon.ok('env-set', 'reveal', 'prod', 'API_TOKEN')).trim()).toBe(TOKEN)
})

test('values come exactly as they are given, or are refused with a sentence', async ({ daemon }) => {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'))
  const file = join(home, 'secrets.env')
  await writeFile(file, 'PLAIN=one\nexport QUOTED="two words"\nLINES="a\nb"\nEMPTY=\n# not this\n', { mode: 0o600 })
  await daemon.ok('env-set', 'create', '--name', 'file', '--var-file', file)
  for (const [name, value] of [
    ['PLAIN', 'one'],
    ['QUOTED', 'two words'],
    ['LINES', 'a\nb'],
    ['EMPTY', ''],
  ]) {
    expect((await daemon.ok('env-set', 'reveal', 'file', name ?? '')).replace(/\n$/, ''), name).toBe(value)
  }
  const visible = await daemon.cli('env-set', 'create', '--name', 'var', '--var', 'KEY=value-in-argv')
  expect(visible.code).toBe(0)
  expect(visible.stderr).toMatch(/visible|read|others|programs/i)
  for (const [what, ...args] of [
    ['LD_PRELOAD', '--var', 'LD_PRELOAD=/tmp/x.so'],
    ['a name with =', '--from-env', 'A=B'],
    ['a duplicate', '--var', 'A=1', '--var', 'A=2'],
  ] as const) {
    const refused = await daemon.cli('env-set', 'create', '--name', 'refused', ...args)
    expect(refused.code, what).not.toBe(0)
    expect(refused.stderr, what).not.toBe('')
  }
  await writeFile(file, Buffer.alloc(11 * 1024 * 1024, 'A=b\n'))
  expect((await daemon.cli('env-set', 'create', '--name', 'refused', '--var-file', file)).code).not.toBe(0)
  await writeFile(file, Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a]))
  expect((await daemon.cli('env-set', 'create', '--name', 'refused', '--var-file', file)).code).not.toBe(0)
  expect((await daemon.cli('env-set', 'get', 'refused')).code).toBe(4)
  const large = 'x'.repeat(64 * 1024)
  await createSet(daemon, 'large', 'BIG', large)
  const id = (await daemon.ok('start', '--env-set', 'large', '--', 'sh', '-c', 'printf %s "$BIG" | wc -c')).trim()
  await expect.poll(() => daemon.ok('logs', id)).toContain(String(large.length))
  await rm(home, { recursive: true })
})
