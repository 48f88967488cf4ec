import { expect, it } from 'vitest'
import { byteSize } from './byte-size.ts'

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [9949, '9.9 KB'],
  [9960, '10 KB'],
  [999_600, '1.0 MB'],
  [37_000_000, '37 MB'],
  [10_737_418_240, '11 GB'],
])('prints %i as %s', (bytes, words) => {
  expect(byteSize(bytes)).toBe(words)
})
