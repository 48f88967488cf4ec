import { expect, it } from 'vitest'
import { plainText } from './plain-text.ts'

it('a title cannot break out of its line', () => {
  expect(plainText('build\r\nok\u0007\u001b]0;x')).toBe('build ok ]0;x')
})

it('a title cannot reorder the text around it', () => {
  expect(plainText('a\u202etxt.exe\u2066b\u200f')).toBe('atxt.exeb')
})

it('a title cannot grow without end, and is not cut inside a character', () => {
  expect(plainText('😀'.repeat(10), 4)).toBe('😀😀😀…')
})
