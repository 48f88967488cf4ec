import { expect, it } from 'vitest'
import { minPasswordLength, passwordAdvice } from './password-advice.ts'

it('without a second factor a password must be longer, and the first sentence says how long', () => {
  expect(passwordAdvice('', minPasswordLength(true))).toMatch(/^At least 8 characters\./)
  expect(passwordAdvice('', minPasswordLength(false))).toMatch(/^At least 15 characters\./)
})

it('the advice follows the length of what is meant, not of its bytes', () => {
  expect(passwordAdvice('1234567', 8)).toBe('Too short yet: at least 8 characters.')
  expect(passwordAdvice('🗝️🚪🏰🌊', 8)).toBe('Too short yet: at least 8 characters.')
  expect(passwordAdvice('horse-ba', 8)).toContain('Good enough')
  expect(passwordAdvice('horse-battery', 8)).toContain('good password')
  expect(passwordAdvice('horse-battery-st', 8)).toBe('A strong password.')
})

it('length alone is not praised', () => {
  expect(passwordAdvice('aaaaaaaaaaaaaaaaaaaa', 8)).toContain('repeats itself')
  expect(passwordAdvice('121212121212121212', 15)).toContain('repeats itself')
})
