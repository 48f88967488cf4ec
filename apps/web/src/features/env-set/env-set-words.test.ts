import type { EnvVariable } from '@sallyport/contract/env-set'
import { expect, it } from 'vitest'
import { liveWords, lockedWords, overlaps, savedWords, variablesWords } from './env-set-words.ts'
import { findEnvSet } from './find-env-set.ts'

const variable = (name: string): EnvVariable => ({
  name,
  mask: '********',
  version: 1,
  changedAt: '2026-11-21T12:00:00.000Z',
  maskedInOutput: true,
  unsafeReason: null,
})
const set = (name: string, ...names: string[]) => ({ name, variables: names.map(variable) })

it('counts read as words', () => {
  expect([0, 1, 2].map(variablesWords)).toEqual(['no variables', '1 variable', '2 variables'])
  expect([0, 1, 2].map(liveWords)).toEqual(['not in use', 'in use by 1 session', 'in use by 2 sessions'])
})

it('who changes a set that is in use learns that running sessions do not get the change', () => {
  expect(savedWords('A was saved.', 0)).toBe('A was saved.')
  expect(savedWords('A was saved.', 1)).toMatch(/keep the old values/)
})

it('unlock is offered only where it helps', () => {
  expect(lockedWords({ reason: 'passphrase' }).command).toBe('sallyport unlock')
  for (const reason of ['missing', 'wrong'] as const) expect(lockedWords({ reason }).command).toBeNull()
})

it('of sets that have the same names, the later one is said to win', () => {
  expect(overlaps([set('base', 'A', 'B', 'C'), set('prod', 'B', 'D'), set('mine', 'B', 'C')])).toEqual([
    'B comes from mine',
    'C comes from mine',
  ])
  expect(overlaps([set('base', 'A'), set('prod', 'B')])).toEqual([])
})

it('an address leads to a set by its id, its name, or the only id that begins so', () => {
  const sets = [
    { id: 'aaaa1111', name: 'prod' },
    { id: 'aaaa2222', name: 'aaaa1111' },
    { id: 'bbbb1111', name: 'staging' },
  ]
  const idOf = (ref: string) => findEnvSet(sets, ref)?.id
  expect(idOf('prod')).toBe('aaaa1111')
  expect(idOf('aaaa1111')).toBe('aaaa1111')
  expect(idOf('bbbb')).toBe('bbbb1111')
  expect(idOf('aaaa')).toBeUndefined()
  expect(idOf('bbb')).toBeUndefined()
  expect(idOf('nope')).toBeUndefined()
})
