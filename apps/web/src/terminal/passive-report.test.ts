import { expect, it } from 'vitest'
import { isPassiveReport } from './passive-report.ts'

it.each(['\x1b[I', '\x1b[O', '\x1b[<35;10;4M'])('looking is not typing: %j', (data) => {
  expect(isPassiveReport(data)).toBe(true)
})

it.each(['a', '\x1b', '\x1b[A', '\x1bOA', '\x1b[<0;10;4M', '\x1b[<32;10;4M', '\x1b[<64;10;4M'])(
  'a key, a click, a drag and the wheel are: %j',
  (data) => {
    expect(isPassiveReport(data)).toBe(false)
  },
)
