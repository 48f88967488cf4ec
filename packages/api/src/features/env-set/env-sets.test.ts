import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeConnection } from '../../open-test-api.ts'
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

describe('an env set', () => {
  it('shows names, versions and times, and the same mask for every value', async () => {
    const { envSet } = await api.local.create({
      name: 'prod',
      variables: named({ API_TOKEN: 'canary-1', PIN: '1234' }),
    })
    expect(envSet).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{12}$/),
      name: 'prod',
      createdAt: '2026-11-21T12:00:00.000Z',
      changedAt: '2026-11-21T12:00:00.000Z',
      liveSessions: 0,
      variables: [
        variable({ name: 'API_TOKEN' }),
        // Too short to be masked in output (O8).
        variable({ name: 'PIN', maskedInOutput: false }),
      ],
    })
    expect(await api.local.list()).toEqual({ envSets: [envSet] })
    for (const ref of ['prod', envSet.id, envSet.id.slice(0, 4)]) {
      expect(await api.local.get({ envSet: ref })).toEqual({ envSet })
    }
  })

  it('counts a version for each value of a variable, and tells when it changed', async () => {
    await api.local.create({ name: 'prod', variables: named({ A: 'one', B: 'one' }) })
    api.test.clock.advance(1000)
    const { envSet } = await api.local.set({ envSet: 'prod', variables: named({ A: 'two', C: 'one' }) })
    const later = '2026-11-21T12:00:01.000Z'
    expect(envSet).toMatchObject({ changedAt: later, createdAt: '2026-11-21T12:00:00.000Z' })
    expect(envSet.variables).toMatchObject([
      { name: 'A', version: 2, changedAt: later },
      { name: 'B', version: 1, changedAt: '2026-11-21T12:00:00.000Z' },
      { name: 'C', version: 1, changedAt: later },
    ])
    expect(await values('prod')).toEqual({ A: 'two', B: 'one', C: 'one' })
  })

  it('loses the variables that are unset, all or none', async () => {
    await api.local.create({ name: 'prod', variables: named({ A: 'one', B: 'one', C: 'one' }) })
    await expect(api.local.unset({ envSet: 'prod', names: ['A', 'NONE'] })).rejects.toMatchObject({
      errorCode: 'not_found',
      message: 'The env set prod has no NONE.',
    })
    expect(Object.keys(await values('prod'))).toEqual(['A', 'B', 'C'])
    await api.local.unset({ envSet: 'prod', names: ['A', 'C'] })
    expect(await values('prod')).toEqual({ B: 'one' })
  })

  it('keeps its values, versions and id under a new name, and nobody else may have it', async () => {
    const { envSet } = await api.local.create({ name: 'prod', variables: named({ A: 'one' }) })
    await api.local.create({ name: 'staging' })
    await expect(api.local.rename({ envSet: 'prod', name: 'staging' })).rejects.toMatchObject({ errorCode: 'conflict' })
    await expect(api.local.create({ name: 'prod' })).rejects.toMatchObject({ errorCode: 'conflict' })
    expect(await values('prod')).toEqual({ A: 'one' })
    const renamed = await api.local.rename({ envSet: 'prod', name: 'production' })
    expect(renamed).toEqual({ envSet: { ...envSet, name: 'production' } })
    expect(await values('production')).toEqual({ A: 'one' })
    await expect(api.local.get({ envSet: 'prod' })).rejects.toMatchObject({ errorCode: 'not_found' })
  })

  it('is found by a prefix of its id only where that is the only one', async () => {
    const ids = ['abcd00000001', 'abcd00000002']
    for (const id of ids) {
      await api.sql('INSERT INTO "EnvSet" VALUES (?, ?, ?, ?)', [id, `set-${id.at(-1)}`, '2026-11-21', '2026-11-21'])
    }
    await expect(api.local.get({ envSet: 'abcd' })).rejects.toMatchObject({
      errorCode: 'ambiguous',
      message: 'abcd could be abcd00000001 (set-1), abcd00000002 (set-2).',
    })
    expect((await api.local.get({ envSet: 'abcd00000002' })).envSet.name).toBe('set-2')
  })
})

describe('a session', () => {
  it('gets all values of its sets exactly, where two have a name that of the later set', async () => {
    const exact = {
      EMPTY: '',
      LINES: 'one\ntwo\r\n',
      QUOTES: `'"\`$(x)\\`,
      TEXT: 'héllo €🎉',
      SPACE: ' a\t',
      BOM: '\ufeffx',
    }
    await api.local.create({ name: 'first', variables: named({ ...exact, SAME: 'first' }) })
    await api.local.create({ name: 'second', variables: named({ SAME: 'second', OTHER: 'x=y=z' }) })
    expect(await values('first', 'second')).toEqual({ ...exact, SAME: 'second', OTHER: 'x=y=z' })
    expect(await values('second', 'first')).toMatchObject({ SAME: 'first' })
    expect(await values('first', 'second', 'first')).toMatchObject({ SAME: 'first' })
    const { sets, variables } = await api.openForSession(['second', 'first', 'second'])
    expect(sets.map(({ name }) => name)).toEqual(['second', 'first'])
    const same = variables.filter(({ name }) => name === 'SAME')
    expect(same).toMatchObject([{ setId: sets[0]?.id }])
  })

  it('gets nothing when one of its sets does not exist', async () => {
    await api.local.create({ name: 'first', variables: named({ A: 'canary-1' }) })
    await expect(api.openForSession(['first', 'none'])).rejects.toMatchObject({ errorCode: 'not_found' })
  })

  it('gets the bytes that came through a pipe, which are zeroed in the daemon', async () => {
    const piped = Buffer.from('canary-piped €')
    await api.local.create({ name: 'prod', variables: [{ name: 'A', value: piped }] })
    expect(await values('prod')).toEqual({ A: 'canary-piped €' })
    expect(piped.every((byte) => byte === 0)).toBe(true)
  })
})

describe('usage', () => {
  const started = async (name: string, state: 'running' | 'exited', ...sets: string[]) => {
    api.test.clock.advance(1000)
    const id = String(api.test.clock.now()).slice(-12)
    await api.addSession({ id, name, state })
    const opened = await api.openForSession(sets)
    await api.used(
      opened.sets.map((set) => set.id),
      id,
    )
  }

  it('names the sessions that were started with a set, live ones first', async () => {
    await api.local.create({ name: 'prod' })
    await api.local.create({ name: 'staging' })
    await started('web-1', 'running', 'prod')
    await started('web-2', 'exited', 'prod', 'staging')
    await started('web-3', 'running', 'prod')
    const { sessions } = await api.local.usage({ envSet: 'prod' })
    expect(sessions.map(({ name, live }) => [name, live])).toEqual([
      ['web-3', true],
      ['web-1', true],
      ['web-2', false],
    ])
    expect((await api.local.list()).envSets.map(({ liveSessions }) => liveSessions)).toEqual([2, 0])
  })

  it('stands in the way of a deletion while a session lives, and the answer names it', async () => {
    await api.local.create({ name: 'prod', variables: named({ A: 'canary-1' }) })
    await started('web-1', 'running', 'prod')
    await started('old-1', 'exited', 'prod')
    const error = await api.local.delete({ envSet: 'prod' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ errorCode: 'conflict', message: expect.stringContaining('in use by web-1.') })
    expect(await names()).toEqual(['prod'])
    await api.local.delete({ envSet: 'prod', evenIfInUse: true })
    expect(await names()).toEqual([])
    expect((await api.sql('SELECT count(*) AS n FROM "EnvVariable"')).rows[0]?.n).toBe(0)
  })

  it('ends with the row of the session', async () => {
    await api.local.create({ name: 'prod' })
    await started('web-1', 'running', 'prod')
    await api.sql('DELETE FROM "Session"')
    expect((await api.sql('SELECT count(*) AS n FROM "EnvSetUse"')).rows[0]?.n).toBe(0)
  })
})

describe('from a browser', () => {
  it('values go in after a step-up and never come out', async () => {
    const { owner } = api.test.browsers
    const browser = await api.test.signIn()
    await api.call(browser.request()).create({ name: 'prod', variables: named({ A: 'canary-1' }) })
    api.test.clock.advance(6 * 60_000)
    await expect(
      api.call(browser.request()).set({ envSet: 'prod', variables: named({ A: 'b' }) }),
    ).rejects.toMatchObject({
      errorCode: 'step_up_required',
    })
    for (const connection of [owner.request(), browser.webSocket()]) {
      const call = api.call(connection)
      await expect(call.reveal({ envSet: 'prod', name: 'A' })).rejects.toMatchObject({ errorCode: 'socket_only' })
      await expect(call.rotate()).rejects.toMatchObject({ errorCode: 'socket_only' })
      await expect(call.unlock({ passphrase: 'x' })).rejects.toMatchObject({ errorCode: 'socket_only' })
      expect(JSON.stringify([await call.list(), await call.get({ envSet: 'prod' })])).not.toContain('canary')
    }
    await expect(api.call(makeConnection({ transport: 'http' })).list()).rejects.toMatchObject({
      errorCode: 'unauthenticated',
    })
  })
})

const variable = (part: { readonly name: string; readonly maskedInOutput?: boolean }) => ({
  mask: '********',
  version: 1,
  changedAt: '2026-11-21T12:00:00.000Z',
  maskedInOutput: true,
  unsafeReason: null,
  ...part,
})
