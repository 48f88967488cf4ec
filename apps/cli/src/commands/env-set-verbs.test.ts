import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuiltCli } from '../testing/built-cli.ts'
import { RealDaemon } from '../testing/real-daemon.ts'

let built: BuiltCli
let daemon: RealDaemon

beforeAll(async () => {
  built = await BuiltCli.buildWithDaemon()
  daemon = await RealDaemon.start(built)
}, 60_000)

afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  built.remove()
}, 60_000)

const restored = { echo: true, canonical: true }
const canary = 'canary-4f1c9e77'
/** A file of our own, beside the data dir of the daemon. */
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(daemon.dataDir, '..', name)
  writeFileSync(path, content)
  return path
}
const reveal = async (set: string, name: string): Promise<string> =>
  (await daemon.run(['env-set', 'reveal', set, name, '--exact'])).stdout
const listed = async () => JSON.parse((await daemon.run(['env-set', 'list', '--json'])).stdout).envSets
/** An env set with one variable. */
const create = (name: string, value = canary) =>
  daemon.run(['env-set', 'create', '--name', name, '--from-stdin', 'API_TOKEN'], value)

describe('env-set create and set', () => {
  test('a value from a pipe comes out in a session, and nowhere else', async () => {
    const created = await create('piped', `${canary}\n`)
    expect([created.exit, created.stdout]).toEqual([0, expect.stringMatching(/^[a-z0-9]{12}\n$/)])
    expect(created.stderr).toBe('piped has 1 variable; use it with: sallyport start --env-set piped\n')

    const script = `test "$API_TOKEN" = "$(printf canary-; printf 4f1c9e77)" && echo "the token is $API_TOKEN"`
    const ran = await daemon.run(['exec', '--name', 'user', '--env-set', 'piped', '--', 'sh', '-c', script])
    expect(ran.exit).toBe(0)
    expect(ran.stdout).toBe('the token is [secret:API_TOKEN]\r\n')
    const shown = [ran, created]
    for (const verb of [
      'list',
      'get user',
      'logs user --raw',
      'env-set list',
      'env-set get piped',
      'env-set usage piped',
      'audit',
    ])
      for (const json of [[], ['--json']]) {
        if (json.length > 0 && verb.includes('--raw')) continue
        shown.push(await daemon.run([...verb.split(' '), ...json]))
      }
    for (const { exit, stdout, stderr } of shown)
      expect([exit, `${stdout}${stderr}`.includes(canary)]).toEqual([0, false])
    expect(JSON.parse((await daemon.run(['get', 'user', '--json'])).stdout).session.envSets).toEqual(['piped'])
    expect((await daemon.run(['get', 'user'])).stdout).toContain('env sets      piped')
    expect((await daemon.run(['env-set', 'usage', 'piped'])).stdout).toMatch(/user +exited/)

    for (const found of readdirSync(daemon.dataDir, { recursive: true, withFileTypes: true })) {
      if (!found.isFile()) continue
      expect([found.name, readFileSync(join(found.parentPath, found.name)).includes(canary)]).toEqual([
        found.name,
        false,
      ])
    }
  })

  test('a session inside a session does not get the values on the quiet, and nothing stores them', async () => {
    const value = 'canary-nested-77d1'
    await create('outer', value)
    const nested = `${process.execPath} ${built.bin} exec --inherit-env --name inner -- sh -c 'echo "[$API_TOKEN]"'`
    const ran = await daemon.run(['exec', '--env-set', 'outer', '--', 'sh', '-c', nested])
    expect(ran.exit).toBe(0)
    expect(ran.stdout).toContain('[]')
    expect(ran.stdout).toContain('because it is from an env set: API_TOKEN;')
    for (const found of readdirSync(daemon.dataDir, { recursive: true, withFileTypes: true }))
      if (found.isFile())
        expect([found.name, readFileSync(join(found.parentPath, found.name)).includes(value)]).toEqual([
          found.name,
          false,
        ])
  })

  test('a value that is no secret is taken, with a warning that output will lose it', async () => {
    const path = file('plain.env', 'NODE_ENV=production\nPORT=123456\nKEY=canary-4f1c\nPIN=1234\n')
    const made = await daemon.run(['env-set', 'create', '--name', 'plain', '--var-file', path])
    const sentence = (names: string) =>
      `warning: an everyday word or number, and replaced wherever a session prints it: ${names}; a plain setting belongs into --env\n`
    expect([made.exit, made.stderr]).toEqual([0, expect.stringContaining(sentence('NODE_ENV, PORT'))])
    const set = await daemon.run(['env-set', 'set', 'plain', '--from-stdin', 'HOST'], 'localhost\n')
    expect([set.exit, set.stderr]).toEqual([0, expect.stringContaining(sentence('HOST'))])
    const quiet = await daemon.run(['env-set', 'set', 'plain', '--from-stdin', 'HOST'], `${canary}\n`)
    expect(quiet.stderr).not.toContain('warning')
  })

  test('every source is exact: one newline goes, --exact keeps it', async () => {
    const path = file('exact.env', `# c\nexport FILE_ONE='a # "b"'\nFILE_TWO="two\\nlines"\n`)
    const args = [
      '--from-stdin',
      'STDIN',
      '--var-file',
      path,
      '--from-env',
      'SALLYPORT_DATA_DIR',
      '--var',
      'ARG=x=y z ',
    ]
    const made = await daemon.run(
      ['env-set', 'create', '--name', 'exact', '--allow-unsafe-name', ...args],
      `one\ntwo "quoted" 日\n\n`,
    )
    expect([made.exit, made.stderr]).toEqual([0, expect.stringContaining('next time: --from-stdin ARG')])
    expect(await reveal('exact', 'STDIN')).toBe('one\ntwo "quoted" 日\n')
    expect(await reveal('exact', 'FILE_ONE')).toBe('a # "b"')
    expect(await reveal('exact', 'FILE_TWO')).toBe('two\nlines')
    expect(await reveal('exact', 'SALLYPORT_DATA_DIR')).toBe(daemon.dataDir)
    expect(await reveal('exact', 'ARG')).toBe('x=y z ')

    const set = await daemon.run(['env-set', 'set', 'exact', '--from-stdin', 'STDIN', '--exact'], 'a\n')
    expect([set.exit, set.stdout]).toEqual([0, ''])
    expect(set.stderr).toContain('exact: set STDIN (version 2)')
    expect(set.stderr).toContain('too short to be masked in the output of sessions: STDIN')
    expect(await reveal('exact', 'STDIN')).toBe('a\n')
    expect((await daemon.run(['env-set', 'set', 'exact', '--from-stdin', 'STDIN'], '')).exit).toBe(0)
    expect(await reveal('exact', 'STDIN')).toBe('')
  })

  test('500 variables and 64 KiB are taken; what is beyond is refused with a sentence, without the value, and changes nothing', async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, n) => `V${n}=${n}`).join('\n')
    const full = await daemon.run(['env-set', 'create', '--name', 'full', '--var-file', file('500.env', lines(500))])
    expect(full).toMatchObject({ exit: 0, stderr: expect.stringContaining('full has 500 variables') })
    expect((await create('bounds', `${'x'.repeat(65_536)}\n`)).exit).toBe(0)
    expect(await reveal('bounds', 'API_TOKEN')).toBe('x'.repeat(65_536))
    const before = await listed()

    const stdin = ['--from-stdin', 'API_TOKEN']
    for (const [args, input, why] of [
      [stdin, 'x'.repeat(65_537), 'more than 64 KiB'],
      [stdin, `${canary}\0`, 'NUL'],
      [['--var-file', file('501.env', lines(501))], '', 'at most 500 variables'],
      [['--var-file', file('latin1.env', Buffer.from(`A=${canary}\xe9`, 'latin1'))], '', 'is not UTF-8 text'],
      [['--var-file', file('wrong.env', `A=1\n${canary}`)], '', 'line 2 of the file'],
      [['--var-file', join(daemon.dataDir, 'no.env')], '', 'there is no file'],
      [['--var', `API_TOKEN=${canary}`, ...stdin], canary, 'given twice'],
      [['--var', canary], '', '--var takes NAME=value'],
      [['--var', `1A=${canary}`], '', 'begins with a digit'],
      [['--var', `LD_PRELOAD=${canary}`], '', '--allow-unsafe-name'],
      [['--from-env', 'MISSING'], '', 'it is not set here'],
      [['--exact', '--var', `A=${canary}`], '', '--exact belongs to --from-stdin'],
    ] as const) {
      const refused = await daemon.run(['env-set', 'set', 'bounds', ...args], input)
      expect([why, refused.exit, refused.stdout]).toEqual([why, 2, ''])
      expect(refused.stderr).toContain(why)
      expect(refused.stderr).not.toContain('canary')
    }
    expect((await daemon.run(['env-set', 'create', '--name', 'refused', '--var', '1A=x'])).exit).toBe(2)
    const nothing = await daemon.run(['env-set', 'set', 'bounds'])
    expect([nothing.exit, nothing.stderr]).toEqual([2, expect.stringContaining('name a source')])
    expect(await listed()).toEqual(before)
  }, 40_000)

  test('on a terminal the value is asked for, and not shown', async () => {
    await using pty = daemon.pty(['env-set', 'create', '--name', 'typed', '--from-stdin', 'API_TOKEN'])
    await pty.shows('Value of API_TOKEN (not shown): ')
    pty.type(`${canary}\r`)
    expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
    expect(pty.output).not.toContain('canary')
    expect(await reveal('typed', 'API_TOKEN')).toBe(canary)
  })
})

test('env-set list, get, unset and rename', async () => {
  const id = (await create('first')).stdout.trim()
  await daemon.run(['env-set', 'set', 'first', '--var', 'PIN=1234'])
  expect((await listed()).find((set: { id: string }) => set.id === id)).toMatchObject({
    name: 'first',
    variables: [
      { name: 'API_TOKEN', mask: '********', version: 1, changedAt: expect.stringMatching(/Z$/) },
      { name: 'PIN', mask: '********', version: 1, maskedInOutput: false },
    ],
  })
  expect((await daemon.run(['env-set', 'list'])).stdout).toMatch(new RegExp(`${id}  first .* API_TOKEN PIN`))
  expect((await daemon.run(['env-set', 'ls', '-q'])).stdout.split('\n')).toContain('first')
  const shown = await daemon.run(['env-set', 'get', id])
  expect(shown.stdout).toMatch(/PIN +\*{8} +1 +.* too short to be masked in output/)
  expect(JSON.parse((await daemon.run(['env-set', 'get', 'first', '--json'])).stdout)).toMatchObject({
    schemaVersion: 1,
    envSet: { id, liveSessions: 0 },
  })

  expect((await daemon.run(['env-set', 'unset', 'first', 'PIN', 'MISSING'])).exit).toBe(4)
  expect(await daemon.run(['env-set', 'unset', 'first', 'PIN'])).toMatchObject({
    exit: 0,
    stderr: 'first has 1 variable left\n',
  })
  expect((await daemon.run(['env-set', 'rename', 'first', 'second'])).exit).toBe(0)
  expect((await daemon.run(['env-set', 'get', 'first'])).exit).toBe(4)
  expect(JSON.parse((await daemon.run(['env-set', 'usage', 'second', '--json'])).stdout)).toEqual({
    schemaVersion: 1,
    sessions: [],
  })
  expect((await create('second')).exit).toBe(5)
})

test('env-set reveal prints the value alone, says so in the audit log, and warns on a terminal', async () => {
  await create('shown')
  expect(await daemon.run(['env-set', 'reveal', 'shown', 'API_TOKEN'])).toEqual({
    exit: 0,
    stdout: `${canary}\n`,
    stderr: '',
  })
  expect((await daemon.run(['audit', '--event', 'env_set.revealed', '--limit', '1'])).stdout).toContain(
    'shown: API_TOKEN',
  )
  expect(await daemon.run(['env-set', 'reveal', 'shown', 'MISSING'])).toMatchObject({ exit: 4, stdout: '' })
  await using pty = daemon.pty(['env-set', 'reveal', 'shown', 'API_TOKEN'])
  expect((await pty.ended()).exit).toBe(0)
  expect(pty.output).toContain(canary)
  expect(pty.output).toContain('it stays in the scrollback')

  await create('hostile', 'a\x1b]52;c;eA==\x07b')
  await using steered = daemon.pty(['env-set', 'reveal', 'hostile', 'API_TOKEN'])
  expect((await steered.ended()).exit).toBe(1)
  expect(steered.output).not.toContain('\x1b]52')
})

test('env-set delete asks for the name while a live session uses the set', async () => {
  await create('doomed')
  await create('idle')
  expect(await daemon.run(['env-set', 'delete', 'idle'])).toEqual({ exit: 0, stdout: '', stderr: 'idle is deleted\n' })
  await daemon.run(['start', '--name', 'worker', '--env-set', 'doomed', '--', 'sleep', '1000'])

  const refused = await daemon.run(['env-set', 'delete', 'doomed'], 'doomed\n')
  expect([refused.exit, refused.stderr]).toEqual([5, expect.stringContaining('in use by worker')])
  await using declined = daemon.pty(['env-set', 'delete', 'doomed'])
  await declined.shows('Type doomed to go on: ')
  declined.type('yes\r')
  expect((await declined.ended()).exit).toBe(1)
  expect(await reveal('doomed', 'API_TOKEN')).toBe(canary)
  await using confirmed = daemon.pty(['env-set', 'delete', 'doomed'])
  await confirmed.shows('in use by 1 live session,')
  confirmed.type('doomed\r')
  expect((await confirmed.ended()).exit).toBe(0)
  expect((await daemon.run(['env-set', 'delete', 'doomed', '--force'])).exit).toBe(4)
  await daemon.run(['kill', 'worker'])
})

test('start: the later env set wins, one that is missing starts nothing, and billing is one of two', async () => {
  await create('early', 'early-value')
  await create('later', 'later-value')
  const both = ['exec', '--env-set', 'early', '--env-set', 'later', '--', 'sh', '-c']
  expect((await daemon.run([...both, 'test "$API_TOKEN" = later-value'])).exit).toBe(0)
  const missing = await daemon.run(['start', '--name', 'never', '--env-set', 'none', '--', 'true'])
  expect([missing.exit, missing.stderr]).toEqual([4, expect.stringContaining('no env set none')])
  expect((await daemon.run(['get', 'never'])).exit).toBe(4)
  const billing = await daemon.run(['start', '--billing', 'mine', '--', 'true'])
  expect([billing.exit, billing.stderr]).toEqual([2, expect.stringContaining('subscription or api')])
  const provider = await daemon.run(['start', '-p', 'no-such-agent'])
  expect([provider.exit === 0, provider.stderr]).toEqual([false, expect.stringContaining('no-such-agent')])
  const absent = await daemon.run(['start', '-p', 'claude-code'])
  expect([absent.exit, absent.stderr]).toEqual([1, expect.stringMatching(/Install it: npm i/)])
})

test('env-set rotate leaves every value as it was', async () => {
  await create('rotated')
  expect(await daemon.run(['env-set', 'rotate'])).toMatchObject({
    exit: 0,
    stdout: '',
    stderr: expect.stringMatching(/^a new key seals \d+ variables of \d+ env sets/),
  })
  expect(await reveal('rotated', 'API_TOKEN')).toBe(canary)
})

test('a passphrase is chosen twice, and after a restart env sets are locked until it is given', async () => {
  expect(await daemon.run(['unlock'])).toEqual({ exit: 0, stdout: '', stderr: 'env sets are not locked\n' })
  const passphrase = 'correct horse battery staple'
  const variables = { SALLYPORT_ENV_SETS_MASTER_KEY: 'passphrase' }
  await using locked = await RealDaemon.start(built, variables)
  await using slip = locked.pty(['unlock'])
  await slip.shows('(not shown): ')
  slip.type(`${passphrase}\r`)
  await slip.shows('Type it again: ')
  slip.type(`${passphrase}!\r`)
  expect(await slip.ended()).toEqual({ exit: 2, signal: null, ...restored })
  await using chosen = locked.pty(['unlock'])
  await chosen.shows('(not shown): ')
  chosen.type(`${passphrase}\r${passphrase}\r`)
  expect((await chosen.ended()).exit).toBe(0)
  expect(chosen.output).not.toContain('horse')
  const set = ['env-set', 'create', '--name', 'prod', '--from-stdin', 'API_TOKEN']
  expect((await locked.run(set, canary)).exit).toBe(0)

  await locked.restart(variables)
  expect((await locked.run(['daemon', 'status'])).stdout).toContain('problem  env sets are locked')
  const list = await locked.run(['env-set', 'list'])
  expect([list.exit, list.stdout, list.stderr]).toEqual([
    0,
    expect.stringContaining('API_TOKEN'),
    expect.stringContaining('run: sallyport unlock'),
  ])
  const refused = await locked.run(['start', '--env-set', 'prod', '--', 'true'])
  expect([refused.exit, refused.stderr]).toEqual([5, expect.stringContaining('sallyport unlock')])
  await using asked = locked.pty(['env-set', 'set', 'prod', '--from-stdin', 'API_TOKEN'])
  expect((await asked.ended()).exit).toBe(5)
  expect(asked.output).not.toContain('not shown')

  const wrong = await locked.run(['unlock'], `${passphrase}!\n`)
  expect([wrong.exit, wrong.stderr.includes('horse')]).toEqual([5, false])
  expect((await locked.run(['unlock'], '\n')).exit).toBe(2)
  expect(await locked.run(['unlock'], `${passphrase}\n`)).toMatchObject({ exit: 0, stdout: '' })
  expect((await locked.run(['env-set', 'reveal', 'prod', 'API_TOKEN'])).stdout).toBe(`${canary}\n`)
  expect((await locked.run(['daemon', 'status'])).stdout).not.toContain('locked')
}, 40_000)
