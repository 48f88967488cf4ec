import type { Billing } from '@sallyport/contract/session'
import { describe, expect, it } from 'vitest'
import { sessionEnvironment } from '../session-environment.ts'
import { createProviderRegistry } from './provider-registry.ts'
import { scrubOf } from './scrub.ts'

/** SPEC S7, word for word. */
const ofAnthropic = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
]
const all = [...ofAnthropic, 'OPENAI_API_KEY', 'AIDER_KEY']
const withOpenAi = [...ofAnthropic, 'OPENAI_API_KEY']
const withAider = [...ofAnthropic, 'AIDER_KEY']

const providers = createProviderRegistry([
  { id: 'aider', title: 'Aider', command: ['aider'], envRemove: ['AIDER_KEY'] },
  { id: 'plain', title: 'Plain', command: ['plain'], envRemove: [] },
])

type Source = 'base' | 'additions' | 'secrets'

/** Which of `names` a session has that gets them from one source. */
const reaching = (id: string, billing: Billing, source: Source, names: readonly string[]): string[] => {
  const values = Object.fromEntries(names.map((name) => [name, 'x']))
  const { variables } = sessionEnvironment({
    sessionId: 's',
    socketPath: '/s',
    base: source === 'base' ? values : {},
    additions: source === 'additions' ? values : {},
    secrets: source === 'secrets' ? names.map((name) => ({ name, value: 'x' })) : [],
    scrub: scrubOf(providers.find(id), billing),
  })
  return names.filter((name) => variables[name] === 'x')
}

const without = (removed: readonly string[]) => all.filter((name) => !removed.includes(name))

describe('a session billed to the subscription', () => {
  it.each([
    ['shell', ofAnthropic],
    ['command', ofAnthropic],
    ['plain', ofAnthropic],
    ['claude-code', ofAnthropic],
    ['codex', withOpenAi],
    ['aider', withAider],
  ])('%s inherits everything but %j', (id, removed) => {
    expect(reaching(id, 'subscription', 'base', all)).toEqual(without(removed))
  })

  it.each([
    ['shell', []],
    ['command', []],
    ['plain', []],
    ['claude-code', ofAnthropic],
    ['codex', withOpenAi],
    ['aider', withAider],
  ])('%s is given everything that was asked for but %j, env sets included', (id, removed) => {
    expect(reaching(id, 'subscription', 'additions', all)).toEqual(without(removed))
    expect(reaching(id, 'subscription', 'secrets', all)).toEqual(without(removed))
  })
})

it.each(providers.all.map(({ id }) => id))('%s billed to the API keeps every key', (id) => {
  for (const source of ['base', 'additions', 'secrets'] as const) expect(reaching(id, 'api', source, all)).toEqual(all)
})

it.each(providers.all.map(({ id }) => id))(
  '%s never gets what is the daemon’s, or says that it runs inside an agent',
  (id) => {
    const never = ['CLAUDECODE', 'SALLYPORT_PASSWORD', 'SALLYPORT_SOCKET', 'SALLYPORT_SESSION', 'SALLYPORT_X']
    for (const billing of ['subscription', 'api'] as const)
      for (const source of ['base', 'additions', 'secrets'] as const)
        expect(reaching(id, billing, source, never)).toEqual([])
  },
)
