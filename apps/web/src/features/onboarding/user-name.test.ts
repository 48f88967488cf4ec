import { userName } from '@sallyport/contract/sign-in'
import { expect, it } from 'vitest'
import { userNameProblem } from './user-name.ts'

it('the page takes exactly the names that the daemon takes', () => {
  const names = [
    'alice',
    'a',
    '7of9',
    'a.b-c_d@e',
    '',
    ' ',
    'a b',
    '.hidden',
    '-rf',
    '@me',
    'ünal',
    'a\nb',
    'x'.repeat(64),
    'x'.repeat(65),
  ]
  for (const name of names) {
    expect(userNameProblem(name) === undefined, JSON.stringify(name)).toBe(userName.safeParse(name).success)
  }
})
