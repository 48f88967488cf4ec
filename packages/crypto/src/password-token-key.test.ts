import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deriveTokenKeyFromPassword } from './password-token-key.ts'

const { cases } = JSON.parse(readFileSync(new URL('./vectors/password-token-key.json', import.meta.url), 'utf8'))
const { password, salt } = cases[1]
const stretching = { memoryKib: 64, iterations: 1, parallelism: 1 }
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const keyFor = async (o: Partial<Parameters<typeof deriveTokenKeyFromPassword>[0]>) =>
  hex(await deriveTokenKeyFromPassword({ password, salt, stretching, ...o }))

describe('the token key of a password', () => {
  it('is the same on every version: sign-ins survive an upgrade', async () => {
    for (const known of cases) expect(hex(await deriveTokenKeyFromPassword(known))).toBe(known.key)
  })

  it('is the same for the password in another spelling of its characters', async () => {
    const decomposed = password.normalize('NFD')
    expect(decomposed).not.toBe(password)
    expect(await keyFor({ password: decomposed })).toBe(await keyFor({}))
  })

  it('is another one when anything of the install differs', async () => {
    const keys = await Promise.all([
      keyFor({}),
      keyFor({ password: `${password}!` }),
      keyFor({ salt: { ...salt, machineId: 'f'.repeat(32) } }),
      keyFor({ salt: { ...salt, hostname: 'laptop' } }),
      keyFor({ salt: { ...salt, uid: 1001 } }),
      keyFor({ salt: { ...salt, dataDir: '/home/ann/other' } }),
      keyFor({ salt: { installId: 'my-install' } }),
      keyFor({ salt: { installId: 'my-install2' } }),
      keyFor({ stretching: { ...stretching, iterations: 2 } }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('does not confuse parts that read the same in a row', async () => {
    const shifted = (machineId: string, hostname: string) => keyFor({ salt: { ...salt, machineId, hostname } })
    expect(await shifted('ab', 'c')).not.toBe(await shifted('a', 'bc'))
    expect(await shifted('', 'abc')).not.toBe(await shifted('abc', ''))
  })

  it('is not made with parameters that Argon2 does not have', async () => {
    await expect(keyFor({ stretching: { ...stretching, iterations: 0 } })).rejects.toThrow()
    await expect(keyFor({ stretching: { ...stretching, memoryKib: 1 } })).rejects.toThrow()
  })
})
