import { expect, it } from 'vitest'
import { asSentence } from './error-sentence.ts'

it.each([
  ['the name is taken', 'The name is taken.'],
  ['Is it running?', 'Is it running?'],
  ['  ', 'Something failed without saying why.'],
])('%j is said as %j', (message, sentence) => {
  expect(asSentence(message)).toBe(sentence)
})
