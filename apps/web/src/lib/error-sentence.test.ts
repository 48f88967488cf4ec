import { expect, it } from 'vitest'
import { asSentence, withRetry } from './error-sentence.ts'

it.each([
  ['the name is taken', 'The name is taken.'],
  ['Is it running?', 'Is it running?'],
  ['  ', 'Something failed without saying why.'],
])('%j is said as %j', (message, sentence) => {
  expect(asSentence(message)).toBe(sentence)
})

it('says once when to try again', () => {
  expect(withRetry('Too many attempts.', 90)).toBe('Too many attempts. Try again in 1 min 30 s.')
  expect(withRetry('Too many attempts. Try again in 5 s.', 5)).toBe('Too many attempts. Try again in 5 s.')
  expect(withRetry('The name is taken.', undefined)).toBe('The name is taken.')
})
