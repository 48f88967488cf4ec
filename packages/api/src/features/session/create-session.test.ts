import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openTestDaemon, startSession, type TestCaller, type TestDaemon } from './session-fixture.ts'

type Create = Parameters<TestCaller['session']['create']>[0]

const create = (daemon: TestDaemon, part: Partial<Create> = {}) =>
  daemon.client().session.create({
    provider: 'command',
    command: ['cat'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    envIsComplete: true,
    ...part,
  })

const auditOf = async (daemon: TestDaemon) =>
  (await daemon.client().admin.audit({})).rows.map(({ event, outcome }) => `${event} ${outcome}`).reverse()

describe('session.create', () => {
  it('starts a program with the environment of the caller and nothing of the daemon', async () => {
    const daemon = await openTestDaemon()
    const env = { PATH: '/usr/bin:/bin', LANG: 'C', CLAUDECODE: '1', SALLYPORT_PASSWORD: 'x', TERM: 'dumb' }
    const { session, warnings } = await create(daemon, { command: ['cat', '-u'], env, cols: 100, rows: 30 })
    expect(session).toMatchObject({ name: 'cat', state: 'running', provider: 'command', cwd: '/', cols: 100, rows: 30 })
    expect(warnings).toEqual(['CLAUDECODE, SALLYPORT_PASSWORD is not passed on to a session.'])
    const spawned = daemon.keeper.spawned(session.id)
    expect(spawned.args).toEqual(['-u'])
    expect(spawned.file).toMatch(/^\/(usr\/)?bin\/cat$/)
    expect(spawned.env).toEqual({
      PATH: '/usr/bin:/bin',
      LANG: 'C',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      SALLYPORT_SOCKET: join(daemon.dataDir, 'sallyport.sock'),
      SALLYPORT_SESSION: session.id,
    })
  })

  it('adds to the login environment for the web, in the home directory, and starts a login shell', async () => {
    const loginEnvironment = { PATH: '/bin:/usr/bin', HOME: '/h', SALLYPORT_SOCKET: '/other' }
    const daemon = await openTestDaemon({ loginEnvironment })
    const { session } = await daemon.client().session.create({ provider: 'shell', command: [], env: { EXTRA: '1' } })
    expect(session).toMatchObject({ name: 'sh', cwd: daemon.dataDir })
    const { file, argv0, env } = daemon.keeper.spawned(session.id)
    expect({ file, argv0 }).toEqual({ file: '/bin/sh', argv0: '-sh' })
    expect(env).toMatchObject({ EXTRA: '1', HOME: '/h', SALLYPORT_SOCKET: join(daemon.dataDir, 'sallyport.sock') })
  })

  it('gives a program the umask of who asked, again when it is run again, and that of the daemon to the web', async () => {
    const daemon = await openTestDaemon()
    const { session } = await create(daemon, { umask: 0o027 })
    expect(daemon.keeper.spawned(session.id).umask).toBe(0o027)
    const again = await daemon.client().session.runAgain({ session: session.id })
    expect(daemon.keeper.spawned(again.session.id).umask).toBe(0o027)
    const fromWeb = await daemon.client().session.create({ provider: 'shell', command: [] })
    expect(daemon.keeper.spawned(fromWeb.session.id).umask).toBe(0o022)
  })

  it('says what is wrong before there is a session', async () => {
    const daemon = await openTestDaemon()
    const plain = join(daemon.dataDir, 'plain')
    await writeFile(plain, '#!/bin/sh\n')
    await chmod(plain, 0o600)
    const cases: [Partial<Create>, string, RegExp][] = [
      [{ command: ['no-such-program'] }, 'cannot_start', /not found on PATH/],
      [{ command: ['./gone'] }, 'cannot_start', /does not exist/],
      [{ command: [plain] }, 'cannot_start', /not executable/],
      [{ command: ['plain'], env: { PATH: daemon.dataDir } }, 'cannot_start', /not executable/],
      [{ command: ['/usr'] }, 'cannot_start', /is a directory/],
      [{ cwd: '/no/such' }, 'cannot_start', /does not exist/],
      [{ cwd: plain }, 'cannot_start', /is not a directory/],
      [{ command: ['cat', ...Array.from({ length: 8 }, () => 'x'.repeat(100_000))] }, 'too_large', /782 KiB, 512 KiB/],
      [{ env: { PATH: '/bin', BIG: 'é'.repeat(70_000) } }, 'too_large', /The variable BIG/],
    ]
    for (const [part, errorCode, message] of cases) {
      await expect(create(daemon, part)).rejects.toMatchObject({ errorCode, message: expect.stringMatching(message) })
    }
    expect(daemon.keeper.spawnCount).toBe(0)
    expect((await daemon.client().session.list()).sessions).toEqual([])
  })

  it('leaves no session behind when the keeper cannot start it, and says so in the audit log', async () => {
    const daemon = await openTestDaemon()
    daemon.keeper.failSpawns = true
    await expect(create(daemon)).rejects.toMatchObject({ errorCode: 'unavailable' })
    expect((await daemon.client().session.list()).sessions).toEqual([])
    expect(await auditOf(daemon)).toEqual(['session.started ok', 'session.failed failed'])
    daemon.keeper.failSpawns = false
    expect((await create(daemon)).session.name).toBe('cat')
  })

  it('ends a program whose start was reported as failed because the answer of the keeper was lost', async () => {
    const daemon = await openTestDaemon()
    daemon.keeper.loseSpawnAnswers = true
    await expect(create(daemon)).rejects.toMatchObject({ errorCode: 'unavailable' })
    expect(daemon.keeper.sessionCount).toBe(1)
    daemon.keeper.reconnect()
    await vi.waitFor(() => expect(daemon.keeper.sessionCount).toBe(0))
  })

  it('gives a name to one of two that want it at once', async () => {
    const daemon = await openTestDaemon()
    const results = await Promise.allSettled([create(daemon, { name: 'one' }), create(daemon, { name: 'one' })])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const names = await Promise.all([create(daemon), create(daemon), create(daemon)])
    expect(names.map(({ session }) => session.name).sort()).toEqual(['cat', 'cat-2', 'cat-3'])
    await expect(daemon.client().session.rename({ session: 'cat-2', name: 'one' })).rejects.toMatchObject({
      errorCode: 'conflict',
    })
    expect((await daemon.client().session.rename({ session: 'cat-2', name: 'two' })).session.name).toBe('two')
    await daemon.restart()
    expect((await daemon.client().session.get({ session: 'two' })).session.state).toBe('running')
  })

  it('runs exactly as many as there are places when 300 start at once', async () => {
    const daemon = await openTestDaemon()
    const results = await Promise.allSettled(Array.from({ length: 300 }, () => create(daemon)))
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.errorCode] : []))
    expect(refused).toEqual(Array.from({ length: 100 }, () => 'at_capacity'))
    const { sessions } = await daemon.client().session.list()
    expect(sessions.filter(({ state }) => state === 'running')).toHaveLength(200)
    expect(new Set(sessions.map(({ name }) => name)).size).toBe(200)
  })

  it('runs again what ran, with its environment and name', async () => {
    const daemon = await openTestDaemon()
    const { session } = await create(daemon, { name: 'job', env: { PATH: '/usr/bin:/bin', A: '1' }, cols: 99 })
    await daemon.client().session.kill({ session: 'job' })
    const again = await daemon.client().session.runAgain({ session: session.id })
    expect(again.session).toMatchObject({ name: 'job', command: ['cat'], cwd: '/', cols: 99, state: 'running' })
    expect(again.session.id).not.toBe(session.id)
    expect(daemon.keeper.spawned(again.session.id).env).toMatchObject({ A: '1', SALLYPORT_SESSION: again.session.id })
    expect((await daemon.client().session.runAgain({ session: 'job' })).session.name).toBe('job-2')
  })
})

describe('a session', () => {
  it('is found by id, by name and by prefix, the live one first', async () => {
    const daemon = await openTestDaemon()
    const old = await startSession(daemon, 'web')
    await daemon.client().session.kill({ session: 'web' })
    const found = async (ref: string) => (await daemon.client().session.get({ session: ref })).session.id
    expect(await found('web')).toBe(old)
    const live = await startSession(daemon, 'web')
    expect(await found('web')).toBe(live)
    expect(await found(old)).toBe(old)
    expect(await found(old.slice(0, 8))).toBe(old)
    await expect(found('nothing')).rejects.toMatchObject({ errorCode: 'not_found' })
    await expect(found(old.slice(0, 3))).rejects.toMatchObject({ errorCode: 'not_found' })
  })

  it('is stopped, killed and removed, also twice, with a row for each', async () => {
    const daemon = await openTestDaemon()
    const client = daemon.client()
    const id = await startSession(daemon, 'job')
    await expect(client.session.remove({ session: id })).rejects.toMatchObject({ errorCode: 'conflict' })
    expect((await client.session.stop({ session: id })).session).toMatchObject({ state: 'killed', signal: 'SIGTERM' })
    expect((await client.session.kill({ session: id })).session).toMatchObject({ state: 'killed', signal: 'SIGTERM' })
    const data = new Uint8Array(1)
    await expect(client.session.write({ session: id, data })).rejects.toMatchObject({
      errorCode: 'conflict',
      message: 'job has ended.',
    })
    expect(await client.session.remove({ session: id })).toEqual({ id })
    await expect(client.session.get({ session: id })).rejects.toMatchObject({ errorCode: 'not_found' })

    const live = await startSession(daemon)
    expect(await client.session.remove({ session: live, force: true })).toEqual({ id: live })
    await startSession(daemon, 'a')
    await client.session.kill({ session: 'a' })
    expect(await client.session.removeEnded()).toEqual({ removed: 1 })
    const rows = await auditOf(daemon)
    for (const event of ['session.stopped ok', 'session.killed ok', 'session.exited ok', 'session.removed ok']) {
      expect(rows).toContain(event)
    }
    expect(rows).toContain('session.removed refused')
  })
})
