import { expect, it } from 'vitest'
import { eventSentence } from './event-sentence.ts'

type Outcome = 'ok' | 'refused' | 'failed'
const sentence = (event: string, outcome: Outcome, { target = 'ann', count = 1 } = {}): string =>
  eventSentence({ event, outcome, target, count })

it.each([
  ['sign_in.succeeded', 'ok', 'Signed in.'],
  ['sign_in.failed', 'refused', 'A sign-in was refused.'],
  ['ticket.redeemed', 'refused', 'A sign-in link was refused.'],
  ['password.changed', 'ok', 'The password was changed.'],
  ['password.changed', 'refused', 'A change of the password was refused.'],
  ['password.failed', 'failed', 'A change of the password failed.'],
  ['recovery_code.failed', 'refused', 'A recovery code was refused.'],
  ['step_up.failed', 'refused', 'A confirmation that it is you was refused.'],
  ['account.closed', 'ok', 'Closed for unknown devices after too many wrong guesses.'],
] as const)('%s, %s, reads as: %s', (event, outcome, words) => {
  expect(sentence(event, outcome)).toBe(words)
})

it('an event of a newer daemon is still something to read', () => {
  expect(sentence('pass_key.added', 'ok')).toBe('Pass key: added.')
  expect(sentence('pass_key.added', 'refused')).toBe('Pass key: added was refused.')
  expect(sentence('pass_key.failed', 'failed')).toBe('Pass key failed.')
})

it('a right password without the second factor does not read as a sign-in', () => {
  expect(sentence('sign_in.succeeded', 'ok', { target: 'ann (second_factor)' })).toBe(
    'The password was right; the second factor was asked for.',
  )
  expect(sentence('sign_in.succeeded', 'ok', { target: 'ann' })).toBe('Signed in.')
})

it('says how many: devices that one act ended, refusals that one row stands for', () => {
  expect(sentence('auth_session.all_revoked', 'ok', { count: 3 })).toBe('Other devices were signed out (3).')
  expect(sentence('sign_in.failed', 'refused', { count: 12 })).toBe('A sign-in was refused, 12 times.')
})
