import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { masterKeysInMemory } from '../../master-keys-in-memory.ts'
import { type EnvSetTest, openEnvSetTest } from './env-set-fixture.ts'

const VALUES = { API_TOKEN: 'canary-token-5f2c91', DATABASE_URL: 'postgres://canary-db-77ab', EMPTY: '' } as const
const STAGING = { API_TOKEN: 'canary-staging-0d1e', DATABASE_URL: 'postgres://canary-staging-9c' } as const
const variables = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }))

let api: EnvSetTest
beforeEach(async () => {
  api = await openEnvSetTest()
  await api.local.create({ name: 'prod', variables: variables(VALUES) })
  await api.local.create({ name: 'staging', variables: variables(STAGING) })
})
afterEach(() => api[Symbol.asyncDispose]())

/** What a refused start says; fails when it starts. */
const refusal = async (...refs: string[]): Promise<{ code: unknown; message: string; all: string }> => {
  const opened = await api.openForSession(refs).catch((error: unknown) => error)
  expect(opened).toBeInstanceOf(Error)
  const error = opened as Error & { errorCode?: string }
  return { code: error.errorCode, message: error.message, all: `${error.stack}\n${JSON.stringify(error)}` }
}
const setId = (name: string) => `(SELECT "id" FROM "EnvSet" WHERE "name" = '${name}')`
const inSet = (set: string, variable: string) => `"envSetId" = ${setId(set)} AND "name" = '${variable}'`
/** Puts what one row has in a column where the other has its own, as one statement or the database would refuse it. */
const swap = (column: string, one: string, other: string) =>
  api.sql(
    `UPDATE "EnvVariable" SET "${column}" = CASE WHEN ${one}
       THEN (SELECT "${column}" FROM "EnvVariable" WHERE ${other})
       ELSE (SELECT "${column}" FROM "EnvVariable" WHERE ${one}) END
     WHERE (${one}) OR (${other})`,
  )

const flipLastBit = async (where: string) => {
  const [row] = await sealedOf(where)
  const sealed = Uint8Array.from(row ?? [])
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1
  await api.sql(`UPDATE "EnvVariable" SET "sealed" = ? WHERE ${where}`, [sealed])
}
const sealedOf = async (where: string): Promise<Uint8Array[]> => {
  const { rows } = await api.sql(`SELECT "sealed" FROM "EnvVariable" WHERE ${where}`)
  return rows.map(({ sealed }) => new Uint8Array(sealed as ArrayBuffer))
}
const putBackOlder = async () => {
  const where = inSet('prod', 'API_TOKEN')
  const [older] = await sealedOf(where)
  await api.local.set({ envSet: 'prod', variables: [{ name: 'API_TOKEN', value: 'canary-newer' }] })
  await api.sql(`UPDATE "EnvVariable" SET "sealed" = ? WHERE ${where}`, [older ?? new Uint8Array()])
}

const everything = async () => {
  const { rows } = await api.sql(
    'SELECT "name", "version", "keyId", hex("sealed") AS "hex" FROM "EnvVariable" ORDER BY "envSetId", "name"',
  )
  return rows.map(({ name, version, keyId, hex }) => ({ name, version, keyId, hex }))
}

describe('what somebody does to the database with sqlite3', () => {
  const token = inSet('prod', 'API_TOKEN')
  const url = inSet('prod', 'DATABASE_URL')
  const otherToken = inSet('staging', 'API_TOKEN')

  it.each([
    ['two ciphertexts of one set are swapped', () => swap('sealed', token, url), 'API_TOKEN'],
    ['two ciphertexts of two sets are swapped', () => swap('sealed', token, otherToken), 'API_TOKEN'],
    ['a version is raised', () => api.sql(`UPDATE "EnvVariable" SET "version" = 2 WHERE ${token}`), 'API_TOKEN'],
    ['a variable is renamed', () => api.sql(`UPDATE "EnvVariable" SET "name" = 'OTHER' WHERE ${token}`), 'OTHER'],
    [
      'a row is moved to another set',
      async () => {
        await api.sql(`DELETE FROM "EnvVariable" WHERE ${token}`)
        await api.sql(`UPDATE "EnvVariable" SET "envSetId" = ${setId('prod')} WHERE ${otherToken}`)
      },
      'API_TOKEN',
    ],
    ['one bit is changed', () => flipLastBit(token), 'API_TOKEN'],
    [
      'a value is cut',
      () => api.sql(`UPDATE "EnvVariable" SET "sealed" = substr("sealed", 1, 40) WHERE ${token}`),
      'API_TOKEN',
    ],
    ['a value is emptied', () => api.sql(`UPDATE "EnvVariable" SET "sealed" = x'' WHERE ${token}`), 'API_TOKEN'],
    ['an older value is put back under the newer version', () => putBackOlder(), 'API_TOKEN'],
  ])('%s: nothing starts, and the variable is named', async (_what, tamper, named) => {
    await tamper()
    const { code, message, all } = await refusal('prod')
    expect(code, all).toBe('integrity')
    expect(message).toContain(`${named} in the env set prod`)
    expect(all).not.toContain('canary')
  })

  it('the names of two sets are swapped: neither gives its values to the other', async () => {
    await api.sql(`UPDATE "EnvSet" SET "name" = 'between' WHERE "name" = 'prod'`)
    await api.sql(`UPDATE "EnvSet" SET "name" = 'prod' WHERE "name" = 'staging'`)
    await api.sql(`UPDATE "EnvSet" SET "name" = 'staging' WHERE "name" = 'between'`)
    expect(await refusal('prod')).toMatchObject({ code: 'integrity' })
    expect(await refusal('staging')).toMatchObject({ code: 'integrity' })
  })
})

describe('a value that does not open', () => {
  it('stops the start also when a later set hides it, and leaves a row that names it', async () => {
    await swap('sealed', inSet('prod', 'API_TOKEN'), inSet('prod', 'DATABASE_URL'))
    expect(await refusal('prod', 'staging')).toMatchObject({ code: 'integrity' })
    expect((await api.test.auditRows()).at(-1)).toMatchObject({
      event: 'env_set.failed',
      outcome: 'failed',
      target: 'prod: API_TOKEN',
      reason: 'integrity',
    })
  })

  it('is not revealed, and the attempt is in the log', async () => {
    await swap('sealed', inSet('prod', 'API_TOKEN'), inSet('staging', 'API_TOKEN'))
    const error = await api.local.reveal({ envSet: 'prod', name: 'API_TOKEN' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ errorCode: 'integrity' })
    const rows = (await api.test.auditRows()).slice(-2)
    expect(rows).toMatchObject([
      { event: 'env_set.revealed', outcome: 'ok', target: 'prod: API_TOKEN' },
      { event: 'env_set.failed', target: 'prod: API_TOKEN', reason: 'integrity' },
    ])
  })

  it('stops a rename and a rotation, which leave everything as it was', async () => {
    await api.sql(`UPDATE "EnvVariable" SET "version" = 9 WHERE ${inSet('staging', 'DATABASE_URL')}`)
    const before = await everything()
    const why = { errorCode: 'integrity', message: expect.stringContaining('DATABASE_URL in the env set staging') }
    await expect(api.local.rename({ envSet: 'staging', name: 'test' })).rejects.toMatchObject(why)
    await expect(api.local.rotate()).rejects.toMatchObject(why)
    expect(await everything()).toEqual(before)
    expect((await api.openForSession(['prod'])).variables).toHaveLength(3)
  })

  it('can be set again', async () => {
    await api.sql(`UPDATE "EnvVariable" SET "version" = 9 WHERE ${inSet('prod', 'API_TOKEN')}`)
    await api.local.set({ envSet: 'prod', variables: [{ name: 'API_TOKEN', value: 'canary-new' }] })
    const { variables: opened } = await api.openForSession(['prod'])
    expect(opened.find(({ name }) => name === 'API_TOKEN')?.value.toString()).toBe('canary-new')
  })
})

describe('the master key', () => {
  it.each([
    ['is missing', []],
    ['was replaced by another', masterKeysInMemory().held],
  ])(
    '%s: env sets are locked, nothing is sealed or made anew, and names can still be read and deleted',
    async (_what, held) => {
      const own = api.keys.held
      api.keys.held = held
      expect(await api.local.status()).toMatchObject({
        state: 'locked',
        reason: held.length === 0 ? 'missing' : 'wrong',
      })
      const value = [{ name: 'NEW', value: 'canary-new' }]
      for (const call of [
        () => api.local.create({ name: 'other', variables: value }),
        () => api.local.set({ envSet: 'prod', variables: value }),
        () => api.local.rename({ envSet: 'prod', name: 'other' }),
        () => api.local.rotate(),
      ]) {
        await expect(call()).rejects.toMatchObject({ errorCode: 'locked' })
      }
      const start = await refusal('prod')
      expect(start.code).toBe(held.length === 0 ? 'locked' : 'integrity')
      if (held.length > 0)
        expect(start.message).toContain('API_TOKEN in the env set prod was sealed by another master key')
      expect(api.keys.held).toBe(held)

      expect((await api.local.list()).envSets.map(({ name }) => name)).toEqual(['prod', 'staging'])
      await api.local.unset({ envSet: 'staging', names: ['API_TOKEN'] })
      await api.local.delete({ envSet: 'staging' })

      api.keys.held = own
      expect(await api.local.status()).toMatchObject({ state: 'open' })
      expect((await api.openForSession(['prod'])).variables).toHaveLength(3)
    },
  )

  it('replaced: is used for new sets once those of the other are gone', async () => {
    api.keys.held = masterKeysInMemory().held
    await api.local.delete({ envSet: 'staging' })
    await api.local.delete({ envSet: 'prod' })
    expect(await api.local.status()).toMatchObject({ state: 'open' })
    await api.local.create({ name: 'prod', variables: variables(VALUES) })
    expect((await api.openForSession(['prod'])).variables).toHaveLength(3)
  })

  it('under a passphrase: everything waits for it, and a wrong one opens nothing', async () => {
    api.keys.passphrase = 'open sesame'
    expect(await api.local.status()).toMatchObject({ state: 'locked', reason: 'passphrase' })
    expect(await refusal('prod')).toMatchObject({ code: 'locked' })
    await expect(api.local.unlock({ passphrase: 'canary-wrong' })).rejects.toThrow('not the passphrase')
    expect(await api.local.unlock({ passphrase: 'open sesame' })).toMatchObject({ state: 'open' })
    expect((await api.openForSession(['prod'])).variables).toHaveLength(3)
    const rows = (await api.test.auditRows()).filter(({ event }) => event === 'env_set.unlocked')
    expect(rows.map(({ outcome }) => outcome)).toEqual(['refused', 'ok'])
  })
})
