import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { masterKeysInMemory } from '../../master-keys-in-memory.ts'
import { type EnvSetTest, openEnvSetTest } from './env-set-fixture.ts'

const SETS = { prod: { A: 'canary-a', B: 'canary-b' }, staging: { A: 'canary-c' }, empty: {} } as const
const FILES = ['sallyport.db', 'sallyport.db-wal']

interface Remains {
  readonly step: string
  readonly directory: string
  readonly held: readonly Uint8Array[]
}

let api: EnvSetTest
let remains: Remains[]
let onNonce: (() => void) | undefined
beforeEach(async () => {
  remains = []
  onNonce = undefined
  api = await openEnvSetTest({
    random: (size) => {
      onNonce?.()
      return new Uint8Array(randomBytes(size))
    },
  })
  for (const [name, values] of Object.entries(SETS)) {
    await api.local.create({ name, variables: Object.entries(values).map(([name, value]) => ({ name, value })) })
  }
})
afterEach(async () => {
  for (const { directory } of remains) rmSync(directory, { recursive: true })
  await api[Symbol.asyncDispose]()
})

/** What kill -9 at this moment would leave on the disk. Copied in one go: nothing else of this process runs meanwhile. */
const dieHere = (step: string): void => {
  const directory = mkdtempSync(join(tmpdir(), 'sp-'))
  for (const name of FILES) {
    const path = join(api.test.dataDir, name)
    if (existsSync(path)) copyFileSync(path, join(directory, name))
  }
  remains.push({ step, directory, held: [...api.keys.held] })
}

const allValues = async ({ openForSession, local }: Pick<EnvSetTest, 'openForSession' | 'local'>) => {
  const { envSets } = await local.list()
  const opened: Record<string, Record<string, string>> = {}
  for (const { id, name } of envSets) {
    const { variables } = await openForSession([id])
    opened[name] = Object.fromEntries(variables.map((variable) => [variable.name, variable.value.toString()]))
  }
  return opened
}
const sealed = async () => {
  const { rows } = await api.sql(
    'SELECT "keyId", hex("sealed") AS "hex" FROM "EnvVariable" ORDER BY "envSetId", "name"',
  )
  return rows.map(({ keyId, hex }) => ({ keyId: String(keyId), hex: String(hex) }))
}

describe('a rotation of the master key', () => {
  it('seals every value anew and changes nothing that people see; the old key opens nothing any more', async () => {
    const [oldKey] = api.keys.held
    const before = { list: await api.local.list(), rows: await sealed() }
    expect(await api.local.rotate()).toEqual({ keyId: expect.stringMatching(/-1$/), envSets: 3, variables: 3 })
    expect(await api.local.list()).toEqual(before.list)
    expect(await allValues(api)).toEqual(SETS)

    const after = await sealed()
    for (const [index, row] of after.entries()) {
      expect(row.keyId).not.toBe(before.rows[index]?.keyId)
      expect(row.hex).not.toBe(before.rows[index]?.hex)
    }
    expect(api.keys.held).not.toContain(oldKey)
    api.keys.held = [oldKey ?? new Uint8Array()]
    await expect(api.openForSession(['prod'])).rejects.toMatchObject({ errorCode: 'integrity' })
  })

  it('can be cut short by kill -9 at any moment: every set still opens, and it can be done again', async () => {
    api.keys.onStep = dieHere
    let nonces = 0
    onNonce = () => {
      nonces += 1
      dieHere(`before nonce ${nonces}`)
    }
    await api.local.rotate()
    onNonce = undefined
    expect(remains.map(({ step }) => step)).toEqual([
      'both keys are held',
      'before nonce 1',
      'before nonce 2',
      'before nonce 3',
      'resealed',
      'the old key is dropped',
    ])
    for (const { step, directory, held } of remains) {
      const keys = masterKeysInMemory(held)
      await using again = await openEnvSetTest({ dataDir: directory, keys })
      expect(await again.local.status(), step).toMatchObject({ state: 'open' })
      expect(await allValues(again), step).toEqual(SETS)
      await again.local.rotate()
      expect(keys.held, step).toHaveLength(1)
      expect(await allValues(again), step).toEqual(SETS)
    }
  })

  it('that fails in the middle leaves the old values, and the next one succeeds', async () => {
    let nonces = 0
    onNonce = () => {
      nonces += 1
      if (nonces === 3) throw new Error('no randomness')
    }
    const before = await sealed()
    await expect(api.local.rotate()).rejects.toThrow('no randomness')
    onNonce = undefined
    expect(await sealed()).toEqual(before)
    expect((await api.test.auditRows()).at(-1)).toMatchObject({ event: 'env_set.failed', target: 'master key' })
    expect(await allValues(api)).toEqual(SETS)
    await api.local.rotate()
    expect(await allValues(api)).toEqual(SETS)
  })

  it('loses no value that is set, opened or renamed at the same moment', async () => {
    const writes = Array.from({ length: 8 }, (_, index) => [
      api.local.set({ envSet: 'staging', variables: [{ name: `V${index}`, value: `canary-${index}` }] }),
      api.openForSession(['prod']),
      api.local.rotate(),
    ])
    await Promise.all([...writes.flat(), api.local.rename({ envSet: 'prod', name: 'production' })])
    const values = await allValues(api)
    expect(values.production).toEqual(SETS.prod)
    expect(values.staging).toMatchObject({ A: 'canary-c', V0: 'canary-0', V7: 'canary-7' })
  })

  it('takes the next generation where the master key stays', async () => {
    const { keys } = api
    keys.rotate = async (reseal) => reseal(await keys.keyring(true))
    await api.local.rotate()
    await api.local.set({ envSet: 'prod', variables: [{ name: 'C', value: 'canary-later' }] })
    const ids = new Set((await sealed()).map(({ keyId }) => keyId.replace(/^[0-9a-f]{32}/, '')))
    expect([...ids]).toEqual(['-2'])
    expect(await allValues(api)).toMatchObject({ prod: { ...SETS.prod, C: 'canary-later' } })
  })
})
