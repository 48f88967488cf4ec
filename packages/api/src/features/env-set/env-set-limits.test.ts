import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EnvSetTest, openEnvSetTest } from './env-set-fixture.ts'

let api: EnvSetTest
beforeEach(async () => {
  api = await openEnvSetTest()
})
afterEach(() => api[Symbol.asyncDispose]())

const named = (values: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }))
/** What a session would get. */
const values = async (...refs: string[]) => {
  const { variables } = await api.openForSession(refs)
  return Object.fromEntries(variables.map(({ name, value }) => [name, value.toString()]))
}
const names = async () => (await api.local.list()).envSets.map(({ name }) => name)

describe('limits', () => {
  const many = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => ({ name: `V${from + index}`, value: `canary-${index}` }))

  it('500 variables and a value of 64 KiB are kept exactly, one more of either is refused with a sentence', async () => {
    await api.local.create({ name: 'full', variables: many(500) })
    expect(Object.keys(await values('full'))).toHaveLength(500)
    await expect(api.local.set({ envSet: 'full', variables: many(1, 500) })).rejects.toMatchObject({
      errorCode: 'too_large',
      message: 'An env set has at most 500 variables.',
    })
    // A new value of one that is there needs no room.
    await api.local.set({ envSet: 'full', variables: [{ name: 'V499', value: 'canary-new' }] })

    const large = 'canary'.repeat(11_000).slice(0, 64 * 1024)
    await api.local.create({ name: 'large', variables: named({ A: large }) })
    expect(await values('large')).toEqual({ A: large })
    await expect(api.local.create({ name: 'b', variables: named({ A: `${large}€` }) })).rejects.toThrow('64 KiB')
  })

  it('a set is no larger in all than a session can take, whichever way it grew', async () => {
    const large = 'x'.repeat(64 * 1024)
    await api.local.create({ name: 'prod', variables: named({ A: large, B: large, C: large }) })
    await expect(api.local.set({ envSet: 'prod', variables: named({ D: large }) })).rejects.toMatchObject({
      errorCode: 'too_large',
      message: 'An env set has at most 256 KiB in all.',
    })
    await api.local.set({ envSet: 'prod', variables: named({ C: 'small', D: large }) })
    expect(Object.keys(await values('prod'))).toEqual(['A', 'B', 'C', 'D'])
  })

  it('200 sets are possible', async () => {
    await api.sql(
      `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 199)
       INSERT INTO "EnvSet" SELECT printf('%012d', i), 'set-' || i, '2026-11-21', '2026-11-21' FROM n`,
    )
    await api.local.create({ name: 'the-last' })
    await expect(api.local.create({ name: 'one-more' })).rejects.toMatchObject({ errorCode: 'at_capacity' })
    expect(await names()).toHaveLength(200)
  })
})

describe('what is refused leaves nothing behind', () => {
  it.each([
    ['a name with =', [{ name: 'A=B', value: 'canary-x' }], /=/],
    ['a name twice', [...named({ A: 'canary-x' }), ...named({ A: 'canary-y' })], /twice/],
    ['an unsafe name', named({ OK: 'canary-x', LD_PRELOAD: '/tmp/canary.so' }), /LD_PRELOAD makes every program load/],
    ['bytes that are no UTF-8', [{ name: 'A', value: Uint8Array.of(0x63, 0xff, 0xfe) }], /UTF-8/],
    ['half a surrogate pair', named({ A: 'canary-\ud800' }), /UTF-8/],
    ['a NUL', named({ A: 'canary\0x' }), /NUL/],
  ])('%s', async (_what, variables, sentence) => {
    const error = (await api.local.create({ name: 'prod', variables }).catch((caught: unknown) => caught)) as Error
    expect(error.message).toMatch(sentence)
    expect(error.message).not.toContain('canary-')
    expect(await names()).toEqual([])

    await api.local.create({ name: 'prod', variables: named({ BEFORE: 'canary-b' }) })
    await expect(api.local.set({ envSet: 'prod', variables })).rejects.toThrow(sentence)
    expect(await values('prod')).toEqual({ BEFORE: 'canary-b' })
  })

  it('an unsafe name with an explicit yes is kept, and shown with the reason', async () => {
    const variables = named({ LD_PRELOAD: '/opt/lib.so' })
    const { envSet } = await api.local.create({ name: 'prod', variables, allowUnsafeNames: true })
    expect(envSet.variables).toMatchObject([{ unsafeReason: expect.stringContaining('load other libraries') }])
  })

  it('a write that fails in the middle', async () => {
    let left = 2
    await using failing = await openEnvSetTest({
      random: (size) => {
        // The id, one value, and then nothing.
        left -= 1
        if (left < 0) throw new Error('no randomness')
        return new Uint8Array(size).fill(left)
      },
    })
    await expect(failing.local.create({ name: 'prod', variables: named({ A: 'a', B: 'b' }) })).rejects.toThrow()
    expect(await failing.local.list()).toEqual({ envSets: [] })
  })
})

describe('two writers at once', () => {
  it('lose nothing: each variable has all its versions, the last one counts', async () => {
    await api.local.create({ name: 'prod', variables: named({ SHARED: 'start' }) })
    const writers = Array.from({ length: 20 }, (_, index) =>
      api.local.set({ envSet: 'prod', variables: named({ SHARED: `by-${index}`, [`OWN_${index}`]: 'mine' }) }),
    )
    const answers = await Promise.all(writers)
    const versions = answers.map(({ envSet }) => envSet.variables.find(({ name }) => name === 'SHARED')?.version)
    expect(versions.sort((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2))
    const { envSet } = await api.local.get({ envSet: 'prod' })
    expect(envSet.variables).toHaveLength(21)
    expect((await values('prod')).SHARED).toMatch(/^by-/)
  })

  it('that want the same name: one gets it', async () => {
    const both = await Promise.allSettled(
      [1, 2].map(() => api.local.create({ name: 'prod', variables: named({ A: 'a' }) })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await names()).toEqual(['prod'])
  })
})
