import { expect, it } from 'vitest'
import { recoveryFileName, recoveryText } from './recovery-file.ts'

it('the saved sheet says whose codes they are and where they work, one code a line', () => {
  const text = recoveryText({
    codes: ['AAAA-BBBB', 'CCCC-DDDD'],
    user: 'alice',
    host: 'localhost:8447',
    madeAt: new Date('2026-11-21T14:00:00Z'),
  })
  const lines = text.split('\n')
  expect(lines[0]).toBe('Sallyport recovery codes of alice on localhost:8447')
  expect(lines[1]).toBe('made 2026-11-21')
  expect(lines.slice(-3)).toEqual(['AAAA-BBBB', 'CCCC-DDDD', ''])
})

it('an address becomes a name that every file system takes', () => {
  expect(recoveryFileName('localhost:8447')).toBe('sallyport-recovery-codes-localhost-8447.txt')
  expect(recoveryFileName('[::1]:8447')).toBe('sallyport-recovery-codes--1-8447.txt')
})
