import { expect, it } from 'vitest'
import { digitsOf, inGroups, parseCode } from './code.ts'

it('a code is six digits, however its source writes them', () => {
  for (const typed of ['123456', '123 456', ' 123-456\n', '12 34 56', '１２３４５６', '123\u00a0456', '123–456']) {
    expect(parseCode(typed)).toBe('123456')
  }
  expect(parseCode('000001')).toBe('000001')
})

it('what is no code is not sent', () => {
  for (const typed of ['', '12345', '1234567', '12345a', 'ABCDEF', '١٢٣٤٥٦', '1e5']) {
    expect(parseCode(typed)).toBeUndefined()
  }
})

it('a wrong paste stays visible', () => {
  expect(digitsOf('code: 123456')).toBe('code:123456')
  expect(digitsOf('1234 5678')).toBe('12345678')
})

it('a secret is shown in groups of four and copied without them', () => {
  expect(inGroups('JBSWY3DPEHPK3PXP')).toBe('JBSW Y3DP EHPK 3PXP')
  expect(inGroups('JBSWY3')).toBe('JBSW Y3')
  expect(inGroups('')).toBe('')
})
