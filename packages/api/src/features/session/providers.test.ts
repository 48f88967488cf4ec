import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTestDaemon, type TestCaller, type TestDaemon, type TestDaemonOptions } from './session-fixture.ts'

type Create = Parameters<TestCaller['session']['create']>[0]

/** A daemon whose sessions find programs of these names, and a directory for them to work in. */
const openWithPrograms = async (programs: readonly string[], options: Partial<TestDaemonOptions> = {}) => {
  const loginEnvironment: Record<string, string> = { ...options.loginEnvironment }
  const daemon = await openTestDaemon({ ...options, loginEnvironment })
  const bin = join(daemon.dataDir, 'bin')
  await mkdir(bin)
  for (const program of programs) {
    await writeFile(join(bin, program), '#!/bin/sh\n')
    await chmod(join(bin, program), 0o700)
  }
  loginEnvironment.PATH = bin
  const cwd = join(daemon.dataDir, 'project')
  await mkdir(cwd)
  const start = (part: Partial<Create> = {}) =>
    daemon.client().session.create({ provider: 'claude-code', command: [], cwd, ...part })
  return { daemon, bin, cwd, start }
}

const envOf = (daemon: TestDaemon, id: string) => daemon.keeper.spawned(id).env

describe('a provider', () => {
  it('is started by its own command, with what the caller adds to it', async () => {
    const { daemon, bin, start } = await openWithPrograms(['claude'])
    const { session, warnings } = await start({ command: ['--model', 'opus'] })
    expect(session).toMatchObject({
      provider: 'claude-code',
      name: 'claude',
      command: ['claude', '--model', 'opus'],
      billing: 'subscription',
      envSets: [],
    })
    expect(warnings).toEqual([])
    const { file, args, argv0, secrets } = daemon.keeper.spawned(session.id)
    expect({ file, args, argv0, secrets }).toEqual({
      file: join(bin, 'claude'),
      args: ['--model', 'opus'],
      argv0: undefined,
      secrets: [],
    })
  })

  it.each([
    ['claude-code', 'claude was not found on PATH. Install it: npm i -g @anthropic-ai/claude-code'],
    ['codex', 'codex was not found on PATH. Install it: npm i -g @openai/codex'],
  ])('%s that is missing says how it is installed', async (provider, message) => {
    const { daemon, start } = await openWithPrograms([])
    await expect(start({ provider })).rejects.toMatchObject({ errorCode: 'cannot_start', message })
    expect((await daemon.client().session.list()).sessions).toEqual([])
  })

  it('that there is not is refused, and says which there are', async () => {
    const { start } = await openWithPrograms([])
    await expect(start({ provider: 'gemini' })).rejects.toMatchObject({
      errorCode: 'not_found',
      message: 'There is no provider gemini. There are shell, command, claude-code, codex.',
    })
    await expect(start({ provider: 'Not an id' })).rejects.toMatchObject({ message: expect.stringMatching(/provider/) })
    await expect(start({ provider: 'shell', command: ['-c'] })).rejects.toThrow(/a shell takes no words/)
    await expect(start({ provider: 'command' })).rejects.toThrow(/a command needs at least one word/)
  })

  it('is listed with what it can do and whether its program is there', async () => {
    const { daemon } = await openWithPrograms(['codex'])
    const { providers } = await daemon.client().session.providers()
    const agent = { hooks: true, resume: true, billing: true }
    const plain = { hooks: false, resume: false, billing: false }
    expect(
      providers.map(({ id, command, available, capabilities }) => ({ id, command, available, capabilities })),
    ).toEqual([
      { id: 'shell', command: ['/bin/sh'], available: true, capabilities: plain },
      { id: 'command', command: [], available: true, capabilities: plain },
      { id: 'claude-code', command: ['claude'], available: false, capabilities: agent },
      { id: 'codex', command: ['codex'], available: true, capabilities: agent },
    ])
  })
})

describe('billing', () => {
  const keys = { ANTHROPIC_API_KEY: 'canary-a', ANTHROPIC_BASE_URL: 'canary-b', OPENAI_API_KEY: 'canary-c' }

  it('to the subscription keeps keys away, says so where they were asked for, and never says a value', async () => {
    const { daemon, start } = await openWithPrograms(['claude'], { loginEnvironment: keys })
    const fromWeb = await start()
    expect(fromWeb.warnings).toEqual([])
    expect(Object.keys(envOf(daemon, fromWeb.session.id))).not.toContain('ANTHROPIC_API_KEY')
    expect(envOf(daemon, fromWeb.session.id)).toMatchObject({ OPENAI_API_KEY: 'canary-c' })
    const asked = await start({ env: { ...keys, CLAUDECODE: '1' } })
    expect(Object.keys(envOf(daemon, asked.session.id))).not.toContain('ANTHROPIC_BASE_URL')
    expect(asked.warnings).toEqual([
      'CLAUDECODE is not passed on to a session.',
      'Not passed on, because the subscription is billed, not the API: ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL.',
    ])
  })

  it('to the subscription stores no key either, for a run that would not get it', async () => {
    const { daemon, start } = await openWithPrograms(['claude'])
    const { session } = await start({ env: { ...keys, KEPT: '1', SALLYPORT_PASSWORD: 'canary-d' } })
    const { rows } = await daemon.sql('SELECT "environment" FROM "Session" WHERE "id" = ?', [session.id])
    expect(JSON.parse(String(rows[0]?.environment))).toEqual({
      isComplete: false,
      variables: { KEPT: '1', OPENAI_API_KEY: 'canary-c' },
    })
  })

  it('to the API keeps them, is said in lists, and stays when the session is run again and the daemon restarts', async () => {
    const { daemon, start } = await openWithPrograms(['claude'], { loginEnvironment: keys })
    const { session, warnings } = await start({ billing: 'api', command: ['-p'] })
    expect(warnings).toEqual([])
    expect(envOf(daemon, session.id)).toMatchObject(keys)
    await daemon.restart()
    const again = await daemon.client().session.runAgain({ session: session.id })
    expect(again.session).toMatchObject({ billing: 'api', command: ['claude', '-p'], provider: 'claude-code' })
    expect(envOf(daemon, again.session.id)).toMatchObject(keys)
    const { sessions } = await daemon.client().session.list()
    expect(sessions.map(({ billing }) => billing)).toEqual(['api', 'api'])
  })

  it('to the subscription warns of a project whose .env brings a key back, by name', async () => {
    const { cwd, start } = await openWithPrograms(['claude', 'codex'])
    await writeFile(join(cwd, '.env'), 'PORT=1\nexport ANTHROPIC_API_KEY=canary-a\nOPENAI_API_KEY="canary-c"\n')
    const warning = (names: string) =>
      `The file .env in ${cwd} sets ${names}: a program that reads it bills the API, not the subscription.`
    expect((await start()).warnings).toEqual([warning('ANTHROPIC_API_KEY')])
    expect((await start({ provider: 'codex' })).warnings).toEqual([warning('ANTHROPIC_API_KEY, OPENAI_API_KEY')])
    expect((await start({ billing: 'api' })).warnings).toEqual([])
    expect((await start({ provider: 'shell' })).warnings).toEqual([])
  })
})
