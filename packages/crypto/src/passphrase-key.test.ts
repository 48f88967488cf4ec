import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  derivePassphraseKey,
  newPassphraseSettings,
  PASSPHRASE_STRETCHING,
  PassphraseSettingsError,
} from './passphrase-key.ts'

const { cases } = JSON.parse(readFileSync(new URL('./vectors/passphrase-key.json', import.meta.url), 'utf8'))
const { passphrase, settings } = cases[2]
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const keyFor = async (o: Partial<Parameters<typeof derivePassphraseKey>[0]>) =>
  hex(await derivePassphraseKey({ passphrase, settings, ...o }))

describe('the master key of a passphrase', () => {
  it('is the same on every version: what is sealed opens after an upgrade', async () => {
    for (const known of cases) expect(hex(await derivePassphraseKey(known))).toBe(known.key)
  })

  it('is the same for the passphrase in another spelling of its characters', async () => {
    const typed = passphrase.normalize('NFKC')
    expect(typed).not.toBe(passphrase)
    expect(await keyFor({ passphrase: typed })).toBe(await keyFor({}))
  })

  it('is another one for another passphrase, salt or cost', async () => {
    const keys = await Promise.all([
      keyFor({}),
      keyFor({ passphrase: `${passphrase} ` }),
      keyFor({ settings: settings.replace('$yMnK', '$yMnL') }),
      keyFor({ settings: settings.replace('m=64', 'm=65') }),
      keyFor({ settings: settings.replace('t=1', 't=2') }),
      keyFor({ settings: settings.replace('p=2', 'p=1') }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('comes from settings of its own salt and of the cost that is stored', async () => {
    const cheap = { memoryKib: 19_456, iterations: 2, parallelism: 1 }
    const [first, second] = [newPassphraseSettings(randomBytes, cheap), newPassphraseSettings(randomBytes, cheap)]
    expect(first).toMatch(/^passphrase-key\/1\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}$/)
    expect(await keyFor({ settings: first })).toBe(await keyFor({ settings: first }))
    expect(await keyFor({ settings: first })).not.toBe(await keyFor({ settings: second }))
    expect(newPassphraseSettings(randomBytes)).toContain('$m=65536,t=3,p=1$')
  })

  it('is not made cheaper than a sign-in, nor dearer than a machine', () => {
    for (const part of [
      { memoryKib: 19_455 },
      { iterations: 1 },
      { memoryKib: 2 ** 21 },
      { iterations: 101 },
      { parallelism: 17 },
    ])
      expect(() => newPassphraseSettings(randomBytes, { ...PASSPHRASE_STRETCHING, ...part })).toThrow(RangeError)
    expect(() => newPassphraseSettings(() => randomBytes(8))).toThrow(RangeError)
  })

  it.each([
    ['nothing', ''],
    ['a newer version', settings.replace('key/1', 'key/2')],
    ['another algorithm', settings.replace('argon2id', 'argon2i')],
    ['all the memory there is', settings.replace('m=64', 'm=9999999999')],
    ['less memory than its lanes need', settings.replace('m=64', 'm=15')],
    ['a cut salt', settings.slice(0, -1)],
    ['something behind it', `${settings}\n`],
  ])('is not made of settings with %s', async (_what, damaged) => {
    await expect(keyFor({ settings: damaged })).rejects.toThrow(PassphraseSettingsError)
  })

  it('is not made of an empty passphrase', async () => {
    await expect(keyFor({ passphrase: '' })).rejects.toThrow(RangeError)
  })
})
