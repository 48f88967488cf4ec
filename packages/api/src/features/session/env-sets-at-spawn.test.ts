import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTestDaemon, type TestCaller, type TestDaemon } from './session-fixture.ts'

type Create = Parameters<TestCaller['session']['create']>[0]

const TOKEN = 'canary-token-5f2c91d0'
const DATABASE = 'postgres://canary-db-77ab'

const start = (daemon: TestDaemon, part: Partial<Create> = {}) =>
  daemon.client().session.create({
    provider: 'command',
    command: ['cat'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LEVEL: 'typed' },
    envIsComplete: true,
    envSets: ['prod'],
    ...part,
  })

const createSet = (daemon: TestDaemon, name: string, variables: Readonly<Record<string, string>>) =>
  daemon.client().envSet.create({
    name,
    variables: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
    allowUnsafeNames: true,
  })

const openWithProd = async () => {
  const daemon = await openTestDaemon()
  await createSet(daemon, 'prod', { API_TOKEN: TOKEN, DATABASE_URL: DATABASE, LEVEL: 'set', EMPTY: '' })
  return daemon
}

/** What lies in the data dir, the database with its WAL included. */
const everythingOnDisk = async ({ dataDir }: TestDaemon): Promise<string> => {
  const files = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))
  return contents.join('\n')
}

const auditOf = async (daemon: TestDaemon) => {
  const { rows } = await daemon.client().admin.audit({})
  return rows.map(({ event, outcome, reason }) => [event, outcome, ...(reason === null ? [] : [reason])].join(' '))
}

describe('a session with env sets', () => {
  it('has their values over what was typed, and the keeper is told what to mask', async () => {
    const daemon = await openWithProd()
    const { session, warnings } = await start(daemon)
    expect({ names: session.envSets, warnings }).toEqual({ names: ['prod'], warnings: [] })
    const { env, secrets, args } = daemon.keeper.spawned(session.id)
    expect(env).toMatchObject({
      API_TOKEN: TOKEN,
      DATABASE_URL: DATABASE,
      LEVEL: 'set',
      EMPTY: '',
      PATH: '/usr/bin:/bin',
    })
    expect(args).toEqual([])
    expect(secrets.map(({ name, value }) => `${name}=${value}`).sort()).toEqual([
      `API_TOKEN=${TOKEN}`,
      `DATABASE_URL=${DATABASE}`,
      'EMPTY=',
      'LEVEL=set',
    ])
  })

  it('says which of its variables are secrets, so that what it starts does not pass them on', async () => {
    const daemon = await openWithProd()
    const client = daemon.client()
    const { session } = await start(daemon, { env: { PATH: '/usr/bin:/bin', SALLYPORT_ENV_SET_NAMES: 'FORGED' } })
    expect(daemon.keeper.spawned(session.id).env.SALLYPORT_ENV_SET_NAMES?.split(',').sort()).toEqual([
      'API_TOKEN',
      'DATABASE_URL',
      'EMPTY',
      'LEVEL',
    ])
    await client.envSet.unset({ envSet: 'prod', names: ['EMPTY', 'LEVEL', 'DATABASE_URL'] })
    const again = await client.session.runAgain({ session: session.id })
    expect(daemon.keeper.spawned(again.session.id).env.SALLYPORT_ENV_SET_NAMES).toBe('API_TOKEN')
    const without = await start(daemon, { envSets: [] })
    expect(Object.keys(daemon.keeper.spawned(without.session.id).env)).not.toContain('SALLYPORT_ENV_SET_NAMES')
  })

  it('has the later of two values', async () => {
    const daemon = await openWithProd()
    const { envSet } = await createSet(daemon, 'local', { API_TOKEN: 'another-canary' })
    const last = await start(daemon, { envSets: ['prod', envSet.id] })
    expect(last.session.envSets).toEqual(['prod', 'local'])
    expect(daemon.keeper.spawned(last.session.id).env.API_TOKEN).toBe('another-canary')
    const first = await start(daemon, { envSets: ['local', 'prod'] })
    expect(daemon.keeper.spawned(first.session.id).env.API_TOKEN).toBe(TOKEN)
  })

  it('keeps what is ours and what is billed out of its environment, and out of the mask', async () => {
    const daemon = await openTestDaemon({ loginEnvironment: { PATH: '/usr/bin:/bin' } })
    const bin = join(daemon.dataDir, 'claude')
    await writeFile(bin, '#!/bin/sh\n', { mode: 0o700 })
    await createSet(daemon, 'prod', {
      ANTHROPIC_API_KEY: TOKEN,
      SALLYPORT_SOCKET: '/canary',
      PATH: daemon.dataDir,
      A: '1',
    })
    const { session, warnings } = await daemon
      .client()
      .session.create({ provider: 'claude-code', command: [], cwd: '/', envSets: ['prod'] })
    const { file, env, secrets } = daemon.keeper.spawned(session.id)
    expect(file).toBe(bin)
    expect(env).toMatchObject({ A: '1', SALLYPORT_SOCKET: join(daemon.dataDir, 'sallyport.sock') })
    expect(Object.keys(env)).not.toContain('ANTHROPIC_API_KEY')
    expect(secrets.map(({ name }) => name)).toEqual(['A', 'PATH'])
    expect(warnings).toEqual([
      'SALLYPORT_SOCKET is not passed on to a session.',
      'Not passed on, because the subscription is billed, not the API: ANTHROPIC_API_KEY.',
    ])
  })

  it('leaves its values in no file, no log, no audit row and no answer', async () => {
    const daemon = await openWithProd()
    const started = await start(daemon)
    const again = await daemon.client().session.runAgain({ session: started.session.id })
    daemon.keeper.failSpawns = true
    const failed = await start(daemon).catch((error: unknown) => error)
    expect(failed).toMatchObject({ errorCode: 'unavailable' })
    const answers = JSON.stringify([
      started,
      again,
      await daemon.client().session.list(),
      await auditOf(daemon),
      daemon.problems,
    ])
    for (const canary of [TOKEN, DATABASE]) {
      expect(answers + String(failed)).not.toContain(canary)
      expect(await everythingOnDisk(daemon)).not.toContain(canary)
    }
  })

  it('is listed as using them, live and ended, and not when it did not start', async () => {
    const daemon = await openWithProd()
    const { session } = await start(daemon)
    const usage = async () =>
      (await daemon.client().envSet.usage({ envSet: 'prod' })).sessions.map(({ id, live }) => ({ id, live }))
    expect(await usage()).toEqual([{ id: session.id, live: true }])
    daemon.keeper.failSpawns = true
    await expect(start(daemon)).rejects.toMatchObject({ errorCode: 'unavailable' })
    await daemon.client().session.kill({ session: session.id })
    expect(await usage()).toEqual([{ id: session.id, live: false }])
  })

  it('is run again with the values of that moment, also by a daemon that was started since', async () => {
    const daemon = await openWithProd()
    const { session } = await start(daemon)
    const client = daemon.client()
    await client.envSet.rename({ envSet: 'prod', name: 'production' })
    await client.envSet.set({ envSet: 'production', variables: [{ name: 'API_TOKEN', value: 'canary-renewed' }] })
    await daemon.restart()
    const again = await daemon.client().session.runAgain({ session: session.id })
    expect(again.session.envSets).toEqual(['production'])
    expect(daemon.keeper.spawned(again.session.id).env.API_TOKEN).toBe('canary-renewed')
    expect((await daemon.client().session.get({ session: session.id })).session.envSets).toEqual(['prod'])

    await daemon.client().envSet.delete({ envSet: 'production', evenIfInUse: true })
    await expect(daemon.client().session.runAgain({ session: session.id })).rejects.toMatchObject({
      errorCode: 'not_found',
      message: 'cat had the env sets prod, and not all of them exist any more.',
    })
  })
})

describe('a session is not started', () => {
  const refused = async (daemon: TestDaemon, part: Partial<Create>, expected: object) => {
    await expect(start(daemon, part)).rejects.toMatchObject(expected)
    expect(daemon.keeper.spawnCount).toBe(0)
    expect((await daemon.client().session.list()).sessions).toEqual([])
  }

  it('with a set that there is not', async () => {
    const daemon = await openWithProd()
    await refused(
      daemon,
      { envSets: ['prod', 'gone'] },
      { errorCode: 'not_found', message: 'There is no env set gone.' },
    )
  })

  it('with a value that somebody changed in the database, and the sentence names it', async () => {
    const daemon = await openWithProd()
    await daemon.sql(`UPDATE "EnvVariable" SET "version" = 2 WHERE "name" = 'API_TOKEN'`)
    await refused(
      daemon,
      {},
      { errorCode: 'integrity', message: expect.stringMatching(/API_TOKEN.*prod|prod.*API_TOKEN/) },
    )
    expect(await auditOf(daemon)).toContain('env_set.failed failed integrity')
  })

  it('while the master key is locked, and one without sets is', async () => {
    const daemon = await openWithProd()
    daemon.masterKeys.passphrase = 'words'
    await refused(daemon, {}, { errorCode: 'locked', message: expect.stringMatching(/sallyport unlock/) })
    expect((await start(daemon, { envSets: [] })).session.state).toBe('running')
  })

  it('with more than 500 variables of all its sets together, each name counted once', async () => {
    const daemon = await openTestDaemon()
    const many = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'canary-x']))
    await createSet(daemon, 'a', many('A', 300))
    await createSet(daemon, 'b', many('B', 201))
    await createSet(daemon, 'c', { ...many('B', 200), ...many('A', 100) })
    await refused(
      daemon,
      { envSets: ['a', 'b'] },
      {
        errorCode: 'too_large',
        message: 'The env sets have 501 variables in all, a session takes at most 500. Leave one out.',
      },
    )
    const { session } = await start(daemon, { envSets: ['a', 'c'] })
    expect(daemon.keeper.spawned(session.id).secrets).toHaveLength(500)
  })

  it('with more than the system lets a program have', async () => {
    const daemon = await openTestDaemon()
    const value = 'x'.repeat(60 * 1024)
    const large = (from: number) =>
      Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`V${from + index}`, value]))
    for (const [index, name] of ['a', 'b', 'c'].entries()) await createSet(daemon, name, large(index * 4))
    await refused(
      daemon,
      { envSets: ['a', 'b', 'c'] },
      {
        errorCode: 'too_large',
        message: expect.stringMatching(/^Arguments and environment have \d+ KiB, 512 KiB are/),
      },
    )
    expect((await start(daemon, { envSets: ['a', 'b'] })).session.state).toBe('running')
  })
})
