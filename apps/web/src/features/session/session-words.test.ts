import { expect, it } from 'vitest'
import { billingWords, stateWords, whenWords } from './session-words.ts'

it.each([
  [{ state: 'running', exitCode: null, signal: null }, 'Running', 'good'],
  [{ state: 'exited', exitCode: 0, signal: null }, 'Exited 0', 'idle'],
  [{ state: 'exited', exitCode: 3, signal: null }, 'Exited 3', 'bad'],
  [{ state: 'exited', exitCode: null, signal: 'SIGSEGV' }, 'Ended, SIGSEGV', 'bad'],
  [{ state: 'killed', exitCode: null, signal: 'SIGKILL' }, 'Killed', 'warn'],
  [{ state: 'lost', exitCode: null, signal: null }, 'Lost', 'bad'],
] as const)('%j reads as %s', (session, word, tone) => {
  expect(stateWords(session)).toEqual({ word, tone })
})

it('says how long an ended session ran', () => {
  const session = { createdAt: '2026-11-21T10:00:00.000Z', endedAt: '2026-11-21T10:03:00.000Z' }
  expect(whenWords(session, Date.parse('2026-11-21T12:03:00Z'))).toBe('ended 2 h ago, ran 3 min')
})

it('who pays is said where it was a choice, and nowhere else', () => {
  const provider = (id: string, billing: boolean) => ({ id, capabilities: { hooks: false, resume: false, billing } })
  const providers = [provider('shell', false), provider('codex', true), provider('aider', false)]
  const badge = (id: string, billing: 'api' | 'subscription') =>
    billingWords({ provider: id, billing }, providers)?.badge
  expect(badge('codex', 'api')).toBe('API')
  expect(badge('codex', 'subscription')).toBe('Subscription')
  for (const id of ['shell', 'aider', 'gone']) expect(badge(id, 'subscription')).toBeUndefined()
})
