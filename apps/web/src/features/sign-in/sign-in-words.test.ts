import { expect, it } from 'vitest'
import { codesLeftSentence, headline, mayForget, passwordCommand } from './sign-in-words.ts'

const options = {
  mode: 'accounts',
  asksUserName: false,
  isFirstRun: false,
  stretching: { memoryKib: 19_456, iterations: 2, parallelism: 1 },
  serverId: 'install',
} as const

it('the page says why a person is here, until they start over for another reason', () => {
  expect(headline({ kind: 'password', options }, 'expired').title).toBe('Your session has expired')
  expect(headline({ kind: 'password', options, again: 'too_many_codes' }, 'expired')).toEqual({
    title: 'Sign in',
    text: 'Too many wrong codes. Start again with your password.',
  })
})

it('only a password that nobody chose is printed by a command, and only one that somebody chose is forgotten', () => {
  expect(passwordCommand({ ...options, isFirstRun: true })).toBe('sallyport password')
  expect(passwordCommand({ ...options, mode: 'ephemeral' })).toBe('sallyport password')
  expect(passwordCommand({ ...options, mode: 'password' })).toBeUndefined()
  expect(passwordCommand(options)).toBeUndefined()
  expect(mayForget(options)).toBe(true)
  expect(mayForget({ ...options, isFirstRun: true })).toBe(false)
  expect(mayForget({ ...options, mode: 'password' })).toBe(false)
})

it('few recovery codes are said as few', () => {
  expect(codesLeftSentence(9)).toBe('9 recovery codes are left. The one that you used works no more.')
  expect(codesLeftSentence(1)).toBe('One recovery code is left. Make new ones soon.')
  expect(codesLeftSentence(0)).toContain('your last recovery code')
})
