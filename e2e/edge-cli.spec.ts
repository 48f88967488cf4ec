import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { TestDaemon } from './fixtures/daemon.ts'
import { openClient, readOutput, startScript } from './fixtures/socket-client.ts'
import { test } from './fixtures/test.ts'

/** The exact bytes that a verb prints. */
const bytesOf = async (daemon: TestDaemon, ...args: string[]): Promise<Buffer> => {
  const child = daemon.spawnCli(args)
  child.stdin?.end()
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = await once(child, 'close')
  expect(code, args.join(' ')).toBe(0)
  return Buffer.concat(chunks)
}

test('output that is no text is kept and printed byte for byte by --raw, and cannot hurt a terminal without it', async ({
  daemon,
}) => {
  const every = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7 + (index >> 8)) & 0xff))
  const hostile = Buffer.from(
    '\x1b]52;c;ZXZpbA==\x07\x1b[?1049h\x1b[31mred\x1b[0m \u202eevil\u202c caf\u00e9\r\nend\r\n',
  )
  const file = join(daemon.dataDir, 'bytes.bin')
  await writeFile(file, Buffer.concat([every, hostile]))
  await daemon.ok('start', '--name', 'binary', '--', 'sh', '-c', `stty raw; cat '${file}'`)
  await daemon.cli('wait', 'binary')
  expect((await bytesOf(daemon, 'logs', '--raw', 'binary')).equals(Buffer.concat([every, hostile]))).toBe(true)
  const json = (await daemon.ok('logs', '--json', 'binary'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(Buffer.concat(json.map(({ data }) => Buffer.from(data, 'base64'))).length).toBe(every.length + hostile.length)
  const plain = await bytesOf(daemon, 'logs', 'binary')
  expect(plain.toString('utf8')).toContain('end\n')
  expect(plain.includes(0x1b)).toBe(false)
  expect(plain.includes(0)).toBe(false)
  expect(plain.toString('utf8')).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0080-\u009f]/)
})

test('escape sequences and characters that are cut anywhere come out whole, and a line of 10 MB is one line', async ({
  daemon,
}) => {
  test.setTimeout(60_000)
  const { client, connection } = openClient(daemon)
  const id = await startScript(
    client,
    'cut',
    String.raw`stty raw; for b in '\033' '[3' '1m' 'r\303' '\251d' '\033[' '0m\360' '\237\230' '\200' '\r\n'; do printf "$b"; sleep 0.05; done`,
  )
  await daemon.cli('wait', id)
  expect(await daemon.ok('logs', id)).toBe('r\u00e9d\u{1f600}\n')
  await daemon.ok(
    'start',
    '--name',
    'long',
    '--',
    'sh',
    '-c',
    `head -c 10000000 /dev/zero | tr '\\0' x; printf '\\nlast\\n'`,
  )
  await daemon.cli('wait', 'long')
  const lines = (await daemon.ok('logs', 'long')).split('\n')
  expect(lines.map(({ length }) => length)).toEqual([10_000_000, 4, 0])
  expect(await daemon.ok('logs', '-n', '1', 'long')).toBe('last\n')
  const attached = readOutput(client, { session: 'long', from: { kind: 'tail' }, mode: 'attach' }, { keep: true })
  await attached.whole
  expect(attached.text().endsWith('xxx\r\nlast\r\n')).toBe(true)
  connection.close()
})

test('two exec and two wait at once each get their own output and code', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'shared', '--', 'sh', '-c', 'sleep 1; exit 11')
  const results = await Promise.all([
    daemon.cli('exec', '--', 'sh', '-c', 'echo one; sleep 0.5; exit 1'),
    daemon.cli('exec', '--', 'sh', '-c', 'echo two; sleep 0.5; exit 2'),
    daemon.cli('wait', 'shared'),
    daemon.cli('wait', 'shared'),
  ])
  expect(results.map(({ code }) => code)).toEqual([1, 2, 11, 11])
  expect(results.map(({ stdout }) => stdout)).toEqual(['one\r\n', 'two\r\n', '', ''])
})

test('exec of a program that ends before it reads its input gives its output and its code, every time', async ({
  daemon,
}) => {
  for (let run = 0; run < 12; run += 1) {
    const { code, stdout, stderr } = await daemon.cli('exec', '--', 'sh', '-c', 'echo quick; exit 3')
    expect.soft({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'quick\r\n', stderr: '' })
  }
})

test('renaming, removing and killing under readers: each of them is told, none hangs', async ({ daemon }) => {
  const { client, connection } = openClient(daemon)
  await startScript(client, 'first', 'stty -echo; while read x; do echo "got $x"; done')
  const follower = daemon.spawnCli(['logs', '-f', 'first'])
  let [out, err] = ['', '']
  follower.stdout?.on('data', (chunk) => {
    out += chunk
  })
  follower.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const followed = once(follower, 'close')
  const waiting = daemon.cli('wait', 'first')
  let closed: string | undefined
  const attached = readOutput(
    client,
    { session: 'first', from: { kind: 'tail' }, mode: 'attach', size: { cols: 80, rows: 24 } },
    { keep: true },
  )
  attached.whole.then(
    () => {
      closed = 'end'
    },
    (error: Error) => {
      closed = error.message
    },
  )
  await daemon.ok('send', 'first', 'before')
  await expect.poll(() => out).toContain('got before')
  await daemon.ok('rename', 'first', 'second')
  expect((await daemon.cli('send', 'first', 'x')).code).toBe(4)
  await daemon.ok('send', 'second', 'renamed')
  await expect.poll(() => out).toContain('got renamed')
  // The reader that is attached named the session by its old name.
  const typed = await attached.stream.write(new TextEncoder().encode('typed\n')).then(
    () => 'ok',
    (error: Error) => error.message,
  )
  expect.soft(typed).toBe('ok')

  expect((await daemon.cli('rm', 'second')).code).toBe(5)
  await daemon.ok('rm', '--force', 'second')
  const [code] = await followed
  expect(closed).toBeDefined()
  expect([0, 4]).toContain(code)
  expect.soft(err).not.toMatch(/connection to the daemon lost/)
  // The kill that comes before the removal, or the removal: whichever it saw first.
  expect([125, 137]).toContain((await waiting).code)
  expect(JSON.parse(await daemon.ok('list', '--json')).sessions).toEqual([])
  connection.close()
})

test('a page and a CLI that follow a renamed session by its name come back to it after the daemon was killed', async ({
  daemon,
}) => {
  const { client, connection } = openClient(daemon)
  await startScript(client, 'old', 'stty -echo; while read x; do echo "got $x"; done')
  const reading = readOutput(client, { session: 'old', from: { kind: 'start' }, mode: 'log' }, { keep: true })
  let failure: unknown
  reading.whole.catch((error) => {
    failure = error
  })
  await daemon.ok('send', 'old', 'one')
  await expect.poll(reading.text).toContain('got one')
  await daemon.ok('rename', 'old', 'new')
  await daemon.end('SIGKILL')
  await daemon.start()
  await daemon.ok('send', 'new', 'two')
  await expect.poll(() => (failure === undefined ? reading.text() : String(failure))).toContain('got two')
  connection.close()
})

test('the list counts what a session printed that nobody watches', async ({ daemon }) => {
  await daemon.ok('start', '--name', 'unwatched', '--', 'sh', '-c', 'seq 1 1000; exec sleep 1000')
  await expect
    .poll(async () => JSON.parse(await daemon.ok('list', '--json')).sessions[0].logBytes, {
      timeout: 5_000,
      intervals: [500],
    })
    .toBe(4893)
})

test('the end of a quick program reaches a reader that comes in the same moment', async ({ daemon }) => {
  await daemon.ok('list')
  const late: number[] = []
  for (let run = 0; run < 30; run += 1) {
    // One connection may make 20 calls a second.
    const { client, connection } = openClient(daemon)
    const session = await startScript(client, `quick-${run}`, 'echo quick')
    const reading = readOutput(client, { session, from: { kind: 'start' }, mode: 'log' }, { keep: true })
    const ended = await Promise.race([reading.whole, new Promise((resolve) => setTimeout(resolve, 2_000, 'no end'))])
    if (ended === 'no end') late.push(run)
    else expect(ended).toMatchObject({ bytes: 7 })
    connection.close()
  }
  expect(late).toEqual([])
})
