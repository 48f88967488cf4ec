import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { TestDaemon } from './fixtures/daemon.ts'
import { startModelServer } from './fixtures/model-server.ts'
import { test } from './fixtures/test.ts'

const API_KEY = 'sk-ant-Canary-0123456789-abcdefghij'
/** The real programs, from npm. */
const agents = join(import.meta.dirname, 'node_modules/.bin')

/** Quiet, in a home of its own: what an agent asks the world by itself is not what is tested. */
const agentEnvironment = (home: string): string[] =>
  [
    `HOME=${home}`,
    `PATH=${agents}:${process.env.PATH}`,
    'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1',
    'DISABLE_AUTOUPDATER=1',
    'DISABLE_TELEMETRY=1',
    'NO_PROXY=127.0.0.1',
  ].flatMap((pair) => ['--env', pair])

const outputOf = async (daemon: TestDaemon, id: string): Promise<string> => {
  await daemon.cli('wait', id)
  return daemon.ok('logs', id)
}

test('the real claude runs with a key from an env set when the API pays, and what it says of the key is masked', async ({
  daemon,
  atEnd,
}) => {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'))
  atEnd(() => rm(home, { recursive: true, force: true }))
  const model = await startModelServer()
  atEnd(model.close)
  await daemon.ok(
    'env-set',
    'create',
    '--name',
    'agent',
    '--var',
    `ANTHROPIC_API_KEY=${API_KEY}`,
    '--var',
    `ANTHROPIC_BASE_URL=${model.url}`,
  )
  const start = ['start', '-p', 'claude-code', '-d', home, '--env-set', 'agent', ...agentEnvironment(home)]
  const paid = (await daemon.ok(...start, '--billing', 'api', '--', '-p', 'say hello')).trim()
  const said = await outputOf(daemon, paid)
  expect(said).toContain('Hello from loopback, key [')
  expect(said).not.toContain(API_KEY)
  expect(new Set(model.keys)).toEqual(new Set([API_KEY]))
  const { sessions } = JSON.parse(await daemon.ok('list', '--json'))
  expect(sessions).toMatchObject([{ provider: 'claude-code', envSets: ['agent'], billing: 'api' }])

  // The subscription pays unless said otherwise: no key reaches the program, and it says that nobody is signed in.
  const asked = model.keys.length
  const subscription = (await daemon.ok(...start, '--', '-p', 'say hello')).trim()
  expect(await outputOf(daemon, subscription)).not.toContain('Hello from loopback')
  expect(model.keys.length).toBe(asked)
})

test('the real codex starts; a program that is not installed names the command that installs it; a project .env is warned about', async ({
  daemon,
  atEnd,
}) => {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'))
  atEnd(() => rm(home, { recursive: true, force: true }))
  const id = (await daemon.ok('start', '-p', 'codex', '-d', home, ...agentEnvironment(home), '--', '--version')).trim()
  expect(await outputOf(daemon, id)).toMatch(/^codex-cli \d/m)

  const project = join(home, 'project')
  await mkdir(project)
  await writeFile(join(project, '.env'), `OPENAI_API_KEY=${API_KEY}\n`)
  const warned = await daemon.cli('start', '-p', 'codex', '-d', project, ...agentEnvironment(home), '--', '--version')
  expect(warned.code).toBe(0)
  expect(warned.stderr).toContain('OPENAI_API_KEY')
  expect(warned.stderr).not.toContain(API_KEY)

  const missing = await daemon.cli('start', '-p', 'claude-code', '-d', home, '--env', `PATH=${home}`)
  expect(missing.code).toBe(1)
  expect(missing.stderr).toContain('npm i -g @anthropic-ai/claude-code')
  const unknown = await daemon.cli('start', '-p', 'no-such-agent')
  expect(unknown.code).not.toBe(0)
  expect(unknown.stderr).toContain('claude-code')
})
