import { expect, it } from 'vitest'
import { withControl } from './sticky-control.ts'

it.each([
  ['c', '\x03'],
  ['C', '\x03'],
  ['[', '\x1b'],
  ['1', '1'],
  ['word', 'word'],
])('Ctrl and %j sends %j', (data, sent) => {
  expect(withControl(data)).toBe(sent)
})
