import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuiltKeeper, buildKeeper } from './testing/build-keeper.ts'
import { isPartOf, type KeeperClient } from './testing/keeper-client.ts'
import { recordedBytes } from './testing/recorded-bytes.ts'
import { type RunningKeeper, startKeeperWithDaemon } from './testing/start-keeper.ts'

let built: BuiltKeeper
beforeAll(async () => {
  built = await buildKeeper()
})
afterAll(() => built.remove())

/** Special to every encoding; 21 bytes, so that its base64 has no padding that belongs to nobody. */
const TOKEN = `k3y "ü" &/+=<$x>'\\42`
const KEY = '-----BEGIN KEY-----\nMIIBcanaryAAAA\nBBBBcanaryCCCC\n-----END KEY-----'
const MASK = '[secret:TOKEN]'

const spawn = (client: KeeperClient, command: readonly string[], secrets: Record<string, string>) =>
  client.spawn({
    file: '/usr/bin/env',
    args: [...command],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...secrets },
    secrets: Object.entries(secrets).map(([name, value]) => ({ name, value })),
  })

/** What a program with secrets shows: to a viewer and in the log, which must be the same. */
const outputOf = async (command: readonly string[], secrets: Record<string, string>): Promise<string> => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const frames = await client.openFrames()
  const session = await spawn(client, command, secrets)
  const output = frames.watch(session.handle)
  await frames.until(() => output.completeAt !== undefined)
  const recorded = await recordedBytes(keeper.dataDir, session.id)
  expect(recorded.length).toBe(output.completeAt)
  expect(isPartOf(recorded, output)).toBe(true)
  return recorded.toString()
}

const bash = (script: string): readonly string[] => ['bash', '-c', script]
const python = (script: string): readonly string[] => ['python3', '-c', `import base64, json, os, sys, time\n${script}`]

describe('a program that prints its secret shows the mask', () => {
  test.each([
    ['whole', bash('printf "<%s>\\n" "$TOKEN"'), `<${MASK}>\r\n`],
    ['at exit, without a newline', bash('printf %s "$TOKEN"'), MASK],
    ['in its environment', bash('env | grep ^TOKEN='), `TOKEN=${MASK}\r\n`],
    ['in base64', bash('printf %s "$TOKEN" | base64'), `${MASK}\r\n`],
    ['in hex', bash('printf %s "$TOKEN" | od -An -v -tx1 | tr -d " \\n"'), MASK],
    [
      'in a URL',
      python('from urllib.parse import quote\nprint("?t=" + quote(os.environ["TOKEN"], safe=""))'),
      `?t=${MASK}\r\n`,
    ],
    ['in JSON', python('print(json.dumps({"t": os.environ["TOKEN"]}))'), `{"t": "${MASK}"}\r\n`],
    [
      'in JSON as it is',
      python('print(json.dumps({"t": os.environ["TOKEN"]}, ensure_ascii=False))'),
      `{"t": "${MASK}"}\r\n`,
    ],
    ['quoted for a shell', bash('printf "%q\\n" "$TOKEN"'), `${MASK}\r\n`],
  ])('%s', async (_how, command, expected) => {
    expect(await outputOf(command, { TOKEN })).toBe(expected)
  })

  test('over several lines, which the terminal ends with CR LF, and line by line', async () => {
    expect(await outputOf(bash('printf "%s\\n" "$KEY"; grep -h canary <<<"$KEY" | sed "s/^/> /"'), { KEY })).toBe(
      '[secret:KEY]\r\n> [secret:KEY]\r\n> [secret:KEY]\r\n',
    )
  })

  test('but for two bytes in single ones with 100 ms between them', async () => {
    const script = 'for b in os.environ["TOKEN"].encode():\n  os.write(1, bytes([b])); time.sleep(0.1)'
    expect(await outputOf(python(script), { TOKEN })).toBe(`k3${MASK}`)
  })

  test.each([4096, 64 * 1024])('wherever it lies at the borders of %i bytes', async (border) => {
    // Lines of exactly one border's length, each with the secret one byte later.
    const script = `
t = os.environ["TOKEN"].encode()
for i in range(len(t) + 1):
  sys.stdout.buffer.write(b"." * (${border} - 2 - len(t) + (i > 0)) + t + b"\\n")
sys.stdout.flush()`
    const text = await outputOf(python(script), { TOKEN })
    // What two bytes at the end of a read may show, and nothing else.
    const lines = text.split('\r\n').slice(0, -1)
    expect(lines).toHaveLength(Buffer.byteLength(TOKEN) + 1)
    for (const line of lines) expect(line.replace(/\.+/, '')).toMatch(/^(k|k3)?\[secret:TOKEN\]$/)
  })

  test('ten thousand times during a flood of 20 MB, and no other byte is touched', async () => {
    const script = `
t = os.environ["TOKEN"]
for i in range(200000):
  sys.stdout.write("%08d" % i + (t + "." * (90 - 21) if i % 20 == 0 else "-" * 90) + "\\n")`
    const text = await outputOf(python(script), { TOKEN })
    const masked = text.replace(/k3?\[secret/g, '[secret')
    const expected = Array.from({ length: 200_000 }, (_, i) => {
      const rest = i % 20 === 0 ? MASK + '.'.repeat(69) : '-'.repeat(90)
      return `${String(i).padStart(8, '0')}${rest}\r\n`
    }).join('')
    expect(masked === expected).toBe(true)
  })

  test('when its root has died in the middle of it and a child prints the rest', async () => {
    const script =
      'begin=$(head -c 7 <<<"$TOKEN"); trap "" HUP; (sleep 0.2; printf %s "$(tail -c +8 <<<"$TOKEN")") & printf %s "$begin"; exit 0'
    expect(await outputOf(bash(script), { TOKEN })).toBe(MASK)
  })
})

test('the beginning of a secret is not lost: at the exit, or after half a second', async () => {
  const begin = 'os.write(1, os.environ["TOKEN"].encode()[:9])'
  expect(await outputOf(python(begin), { TOKEN })).toBe(Buffer.from(TOKEN).subarray(0, 9).toString())
  const later = `${begin}; time.sleep(0.7); os.write(1, os.environ["TOKEN"].encode()[9:])`
  expect(await outputOf(python(later), { TOKEN })).toBe(Buffer.from(TOKEN).subarray(0, 9) + MASK)
})

test('secrets are masked in their own session only', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const other = await client.bash('sleep 0.2; echo plain-value')
  const session = await spawn(client, bash('echo "$VALUE"'), { VALUE: 'plain-value' })
  await Promise.all([other, session].map(({ id }) => client.until(id, ({ complete }) => complete)))
  expect((await recordedBytes(keeper.dataDir, session.id)).toString()).toBe('[secret:VALUE]\r\n')
  expect((await recordedBytes(keeper.dataDir, other.id)).toString()).toBe('plain-value\r\n')
})

test('programs get answers to their queries beside what is masked', async () => {
  const script = 'stty raw -echo; printf "%s\\033[5n%s" "$TOKEN" "$TOKEN"; head -c 4 | od -An -c'
  expect(await outputOf(bash(script), { TOKEN })).toContain('033   [   0   n')
})

test('keys come back at once, and those that begin a secret too, up to the second', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await spawn(client, bash('stty raw -echo; printf ready; exec cat'), { TOKEN: 'ghp_0123456789' })
  const frames = await client.openFrames()
  const output = frames.watch(session.handle)
  await frames.until(() => output.end === 5)
  const echoMs = async (key: string): Promise<number> => {
    const startedAt = performance.now()
    const wanted = output.end + 1
    frames.input(session.handle, key)
    await frames.until(() => output.end >= wanted)
    return performance.now() - startedAt
  }
  const times: number[] = []
  for (let round = 0; round < 100; round += 1) for (const key of 'lghs') times.push(await echoMs(key))
  times.sort((a, b) => a - b)
  // O8 wants 20 ms for 99 of 100, which bench/ measures; here other suites run beside.
  expect(times[times.length >> 1]).toBeLessThan(20)
  expect(times.at(-1)).toBeLessThan(400)
  await echoMs('g')
  await echoMs('h')
  expect(await echoMs('p')).toBeGreaterThan(490)
})

describe('what cannot be masked does not run', () => {
  const refuse = async (secrets: { name: string; value: string }[]) => {
    const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
    const witness = join(keeper.dataDir, 'witness')
    const refused = client.spawn({ file: '/usr/bin/touch', args: [witness], secrets }).then(
      () => 'started',
      (error: Error) => error.message,
    )
    const message = await refused
    expect(await client.control.list.query()).toEqual([])
    expect(existsSync(witness)).toBe(false)
    expect(`${message}${keeper.logLines.join()}`).not.toContain('canary')
    return message
  }
  const value = 'canary-f00d'

  test('secrets with more forms than can be looked for, within a second or so', async () => {
    const startedAt = performance.now()
    const large = Array.from({ length: 8 }, (_, at) => ({
      name: `V${at}`,
      value: `canary-${randomBytes(32_000).toString('hex')}`,
    }))
    expect(await refuse(large)).toMatch(
      /^the secrets of one session are too large to be masked in its output \(at V\d\)/,
    )
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  test.each([
    ['more than 500', Array.from({ length: 501 }, (_, at) => ({ name: `V${at}`, value: `${value}${at}` }))],
    ['more than 64 KiB', [{ name: 'V', value: value + 'ü'.repeat(32 * 1024) }]],
    ['a name that would move a cursor', [{ name: 'V\x1b[2J', value }]],
  ])('%s', async (_what, secrets) => {
    expect(await refuse(secrets)).not.toBe('started')
  })
})

const filesUnder = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const ofKeeper = ({ pid }: RunningKeeper, file: string) =>
  // Nobody but root may read those of a process that cannot be dumped.
  readFile(`/proc/${pid}/${file}`, 'latin1').catch((error: NodeJS.ErrnoException) => error.code ?? '')

test('a secret that was printed stands in no file, no log and no process of ours', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const secrets = { TOKEN: 'canary-5d1f77c0b2', OTHER: 'canary-0aa4be9911' }
  const session = await spawn(
    client,
    bash('echo "$TOKEN"; env; printf %s "$OTHER" | base64; printf started; exec sleep 1000'),
    secrets,
  )
  const frames = await client.openFrames()
  const output = frames.watch(session.handle)
  await frames.until(() => Buffer.concat(output.chunks).includes('started'))
  const ofOurs = await Promise.all(['cmdline', 'environ'].map((file) => ofKeeper(keeper, file)))
  await client.control.stop.mutate({ id: session.id, graceMs: 0 })
  await client.until(session.id, ({ complete }) => complete)
  const files = await filesUnder(keeper.dataDir)
  expect(files.some((file) => file.endsWith('.seg'))).toBe(true)
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')))
  const everything = [...contents, ...ofOurs, ...keeper.logLines, Buffer.concat(output.chunks).toString('latin1')].join(
    '\n',
  )
  expect(everything).toContain('OTHER=[secret:OTHER]')
  for (const value of Object.values(secrets)) {
    expect(everything).not.toContain(value.slice(7))
    expect(everything).not.toContain(Buffer.from(value).toString('base64').slice(0, 16))
  }
})
