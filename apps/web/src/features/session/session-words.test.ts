import { expect, it } from 'vitest'
import { stateWords, whenWords } from './session-words.ts'

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
