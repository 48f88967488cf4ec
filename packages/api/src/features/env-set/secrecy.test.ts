import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { openEnvSetTest } from './env-set-fixture.ts'

/** In every form in which bytes of it could lie about. */
const forms = (canary: string): string[] => {
  const bytes = Buffer.from(canary)
  return [canary, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), encodeURIComponent(canary)]
}

it('a value is in no file, audit row, log line or error, whatever happens to it', async () => {
  await using api = await openEnvSetTest()
  const canaries = ['cAnArY/first+value', 'cAnArY/second+value', 'cAnArY/refused+value', 'cAnArY/passphrase+wrong']
  const [first = '', second = '', refused = '', passphrase = ''] = canaries
  const said: unknown[] = []
  const failing = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.fail('this should have been refused'),
      (caught: unknown) => caught,
    )
    said.push(error)
  }

  said.push(await api.local.create({ name: 'prod', variables: [{ name: 'A', value: first }] }))
  said.push(await api.local.set({ envSet: 'prod', variables: [{ name: 'A', value: second }] }))
  await failing(api.local.set({ envSet: 'prod', variables: [{ name: `A=${refused}`, value: 'x' }] }))
  await failing(api.local.set({ envSet: 'prod', variables: [{ name: 'LD_PRELOAD', value: refused }] }))
  await failing(api.local.set({ envSet: 'prod', variables: [{ name: 'B', value: `${refused}\0` }] }))
  await failing(api.local.set({ envSet: 'none', variables: [{ name: 'B', value: refused }] }))
  api.keys.passphrase = 'right'
  await failing(api.local.unlock({ passphrase }))
  api.keys.passphrase = null
  said.push(await api.local.rename({ envSet: 'prod', name: 'production' }))
  said.push(await api.local.rotate())
  said.push(await api.local.get({ envSet: 'production' }), await api.local.list(), await api.local.status())
  // Used, and revealed: the two ways out.
  expect((await api.openForSession(['production'])).variables[0]?.value.toString()).toBe(second)
  expect(await api.local.reveal({ envSet: 'production', name: 'A' })).toEqual({ name: 'A', version: 2, value: second })
  await api.sql('UPDATE "EnvVariable" SET "version" = 7')
  await failing(api.openForSession(['production']))
  await failing(api.local.reveal({ envSet: 'production', name: 'A' }))
  said.push(await api.test.auditRows(), api.logged)

  const { dataDir } = api.test
  const files = readdirSync(dataDir).filter((name) => name.startsWith('sallyport.db'))
  expect(files).toContain('sallyport.db-wal')
  const stored = files.map((name) => readFileSync(join(dataDir, name)).toString('latin1')).join('\n')
  const shown = said
    .map((what) => `${inspect(what, { depth: 12, showHidden: true })}\n${JSON.stringify(what)}`)
    .join('\n')
  // Proof that the search finds what is there.
  expect(stored).toContain('production')
  expect(shown).toContain('production')
  for (const form of canaries.flatMap(forms)) {
    expect(stored.includes(form), `${form} in the database`).toBe(false)
    expect(shown.includes(form), `${form} in what was said`).toBe(false)
  }
  expect(existsSync(join(dataDir, 'sallyport.db'))).toBe(true)
})

it('a reveal whose row cannot be written reveals nothing', async () => {
  await using api = await openEnvSetTest()
  await api.local.create({ name: 'prod', variables: [{ name: 'A', value: 'canary-value' }] })
  await api.sql(`CREATE TRIGGER "full" BEFORE INSERT ON "AuditRow" BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
  const error = await api.local.reveal({ envSet: 'prod', name: 'A' }).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ errorCode: 'unavailable' })
  expect(inspect(error)).not.toContain('canary-value')
})

it('the log says who revealed what and when, by names', async () => {
  await using api = await openEnvSetTest()
  await api.local.create({ name: 'prod', variables: [{ name: 'A', value: 'canary-value' }] })
  await api.local.set({ envSet: 'prod', variables: [{ name: 'B', value: 'canary-value' }] })
  await api.local.unset({ envSet: 'prod', names: ['B'] })
  await api.local.rename({ envSet: 'prod', name: 'production' })
  await api.local.rotate()
  await api.local.reveal({ envSet: 'production', name: 'A' })
  await api.local.delete({ envSet: 'production' })
  const rows = await api.test.auditRows()
  expect(rows.map(({ actor, event, outcome, target }) => [actor, event, outcome, target])).toEqual([
    ['local:ada', 'env_set.created', 'ok', 'prod: A'],
    ['local:ada', 'env_set.changed', 'ok', 'prod: B'],
    ['local:ada', 'env_set.changed', 'ok', 'prod: B'],
    ['local:ada', 'env_set.renamed', 'ok', 'prod to production'],
    ['local:ada', 'env_set.rotated', 'ok', 'master key'],
    ['local:ada', 'env_set.revealed', 'ok', 'production: A'],
    ['local:ada', 'env_set.deleted', 'ok', 'production: A'],
  ])
})
