import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSealedSecrets } from './sealed-secrets.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const install = (digit = 'a') => ({ id: digit.repeat(32), key: new Uint8Array(32).fill(digit.charCodeAt(0)) })
const secrets = (of = install()) => createSealedSecrets(root, of)
const fileOf = (of = install()) => join(root, `install-${of.id}.secrets`)
const some = { opaqueSetup: 'canary-setup', totp: { f1: 'CANARYSECRET' } }

test('without a file there is nothing yet, and reading makes none', async () => {
  expect(await secrets().read()).toEqual({ opaqueSetup: null, totp: {} })
  expect(readdirSync(root)).toEqual([])
})

test('what was written is found again by the next daemon, 0600, and nobody reads it off the disk', async () => {
  await secrets().update(() => some)
  expect(await secrets().read()).toEqual(some)
  expect(statSync(fileOf()).mode & 0o777).toBe(0o600)
  expect(readFileSync(fileOf(), 'latin1').toLowerCase()).not.toContain('canary')
  expect(readdirSync(root)).toEqual([`install-${install().id}.secrets`])
})

test('twenty updates at once lose nothing: each gets what the one before it left', async () => {
  const it = secrets()
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      it.update((now) => ({ ...now, totp: { ...now.totp, [`f${n}`]: `S${Object.keys(now.totp).length}` } })),
    ),
  )
  const { totp } = await secrets().read()
  expect(Object.entries(totp)).toEqual(Array.from({ length: 20 }, (_, n) => [`f${n}`, `S${n}`]))
})

test('a change that throws changes nothing, tells its caller, and holds up nobody', async () => {
  const it = secrets()
  await it.update(() => some)
  const before = readFileSync(fileOf())
  const refused = it.update(() => {
    throw new Error('no')
  })
  const next = it.update((now) => ({ ...now, totp: {} }))
  await expect(refused).rejects.toThrow('no')
  await next
  expect(await it.read()).toEqual({ ...some, totp: {} })
  expect(readFileSync(fileOf()).equals(before)).toBe(false)
})

const attacks: [string, () => Promise<void> | void, RegExp][] = [
  ['cut short', () => truncateSync(fileOf(), statSync(fileOf()).size - 1), /was cut or changed/],
  ['emptied', () => truncateSync(fileOf(), 0), /damaged/],
  [
    'changed in one bit',
    () => {
      const bytes = readFileSync(fileOf())
      bytes[30] = (bytes[30] ?? 0) ^ 1
      writeFileSync(fileOf(), bytes)
    },
    /was cut or changed/,
  ],
  [
    'that of another install',
    async () => {
      await secrets(install('b')).update(() => some)
      writeFileSync(fileOf(), readFileSync(fileOf(install('b'))))
    },
    /belongs to another install/,
  ],
  [
    'sealed with the same key for another install',
    async () => {
      const other = { id: 'b'.repeat(32), key: install().key }
      await secrets(other).update(() => some)
      writeFileSync(fileOf(), readFileSync(fileOf(other)))
    },
    /belongs to another install/,
  ],
  ['of a later version', () => writeFileSync(fileOf(), Buffer.from([9, 7])), /written by a newer Sallyport/],
  ['a text', () => writeFileSync(fileOf(), 'hello there, this is no envelope at all'), /damaged/],
  ['enormous', () => truncateSync(fileOf(), 2 ** 30), /bytes long: it is damaged/],
  ['open to others', () => chmodSync(fileOf(), 0o640), /open to other users \(mode 0640\).*chmod 600/],
  [
    'a link',
    () => {
      rmSync(fileOf())
      writeFileSync(join(root, 'elsewhere'), 'x', { mode: 0o600 })
      symlinkSync(join(root, 'elsewhere'), fileOf())
    },
    /is a symbolic link; move it away/,
  ],
]

test.each(attacks)('a file that is %s is a sentence, and is never written over', async (_name, attack, sentence) => {
  await secrets().update(() => some)
  await attack()
  const before = readdirSync(root).map((name) => [name, statSync(join(root, name)).mtimeMs])
  const it = secrets()
  await expect(it.read()).rejects.toThrow(sentence)
  await expect(it.update(() => some)).rejects.toThrow(sentence)
  expect(readdirSync(root).map((name) => [name, statSync(join(root, name)).mtimeMs])).toEqual(before)
})

test('half a new file beside the old one, as a kill leaves it, is nothing', async () => {
  await secrets().update(() => some)
  writeFileSync(`${fileOf()}.new`, readFileSync(fileOf()).subarray(0, 20), { mode: 0o644 })
  expect(await secrets().read()).toEqual(some)
  await secrets().update((now) => ({ ...now, opaqueSetup: 'next' }))
  expect((await secrets().read()).opaqueSetup).toBe('next')
  expect(existsSync(`${fileOf()}.new`)).toBe(false)
})

test('a planted link where the new file is made is not followed', async () => {
  writeFileSync(join(root, 'victim'), 'untouched')
  symlinkSync(join(root, 'victim'), `${fileOf()}.new`)
  await secrets().update(() => some)
  expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('untouched')
  expect(await secrets().read()).toEqual(some)
})

/** Counts upwards in the sealed file as fast as it can, and says each number once `update` has resolved. */
const writer = `
import { createSealedSecrets } from ${JSON.stringify(fileURLToPath(new URL('./sealed-secrets.ts', import.meta.url)))}
const it = createSealedSecrets(process.argv[2], { id: ${JSON.stringify(install().id)}, key: new Uint8Array(32).fill(97) })
for (let n = 0; ; n += 1) {
  await it.update(() => ({ opaqueSetup: 'x'.repeat(20000), totp: { n: String(n) } }))
  process.send(n)
}
`

test('a writer that is killed in the middle leaves the old content or the new, never less than it promised', async () => {
  writeFileSync(join(root, 'writer.ts'), writer)
  await using bundle = await rolldown({
    input: join(root, 'writer.ts'),
    platform: 'node',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    logLevel: 'silent',
  })
  await bundle.write({ file: join(root, 'writer.mjs'), format: 'esm' })
  for (let round = 0; round < 6; round += 1) {
    const child: ChildProcess = fork(join(root, 'writer.mjs'), [root], { execArgv: [] })
    let promised = -1
    const exited = once(child, 'exit')
    await new Promise<void>((resolve) => {
      child.on('message', (n: number) => {
        promised = n
        // At another moment of an update in each round.
        if (n === 3 + round * 2) setImmediate(resolve)
      })
    })
    child.kill('SIGKILL')
    await exited
    expect(Number((await secrets().read()).totp.n)).toBeGreaterThanOrEqual(promised)
  }
})
