import { describe, expect, it } from 'vitest'
import { needsConfirmation, pasteData } from './paste.ts'

describe('a paste', () => {
  it('cannot end its own brackets', () => {
    expect(pasteData('a\x1b[201~rm -rf /\r\n', true)).toBe('\x1b[200~a[201~rm -rf /\r\x1b[201~')
  })

  it('cannot carry control characters, in C1 form neither', () => {
    expect(pasteData('a\x03b\x9b201~\x7fc\td', false)).toBe('ab201~c\td')
  })

  it('ends lines as the Enter key does', () => {
    expect(pasteData('a\r\nb\nc\rd', false)).toBe('a\rb\rc\rd')
  })
})

describe('confirmation', () => {
  it('is asked for when several lines would run at once', () => {
    expect(needsConfirmation('ls\nrm x', false)).toBe(true)
  })

  it('is not asked for one line, nor where the program sees a paste as a paste', () => {
    expect(needsConfirmation('ls\n', false)).toBe(false)
    expect(needsConfirmation('ls\nrm x', true)).toBe(false)
  })
})
