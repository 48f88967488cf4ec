import { localPath } from '@sallyport/contract/auth'
import { describe, expect, it } from 'vitest'
import { HOME, rememberReturnPath, safeReturnPath, takeReturnPath } from './return-path.ts'

const memoryStorage = (): Storage => {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    clear: () => items.clear(),
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}

const strange = [
  '//evil.example/',
  '/\\evil.example',
  'https://evil.example/',
  'sessions',
  '',
  '/a b',
  `/${'x'.repeat(512)}`,
]

it.each([...strange, '/', '/sessions', '/sessions?a=b', '/a/%2e%2e/b', `/${'x'.repeat(511)}`])(
  'the page and the daemon agree about %j',
  (path) => {
    expect(safeReturnPath(path) === path).toBe(localPath.safeParse(path).success)
  },
)

describe('a sign-in returns only to a page of ours', () => {
  it.each([
    '//evil.example/',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/sessions\n/x',
    'sessions',
    '',
  ])('and not to %j', (path) => {
    expect(safeReturnPath(path)).toBe(HOME)
  })

  it.each(['/sessions', '/sessions/0123456789ab', '/sessions?state=live'])('such as %s', (path) => {
    expect(safeReturnPath(path)).toBe(path)
  })

  it('and never to the sign-in pages themselves', () => {
    expect(safeReturnPath('/sign-in?reason=expired')).toBe(HOME)
    expect(safeReturnPath('/launch')).toBe(HOME)
    expect(safeReturnPath('/sign-insights')).toBe('/sign-insights')
  })
})

it('a remembered page is used once', () => {
  const storage = memoryStorage()
  rememberReturnPath(storage, '/sessions/0123456789ab')
  expect(takeReturnPath(storage)).toBe('/sessions/0123456789ab')
  expect(takeReturnPath(storage)).toBe(HOME)
})

it('a page that is not safe does not replace a remembered one', () => {
  const storage = memoryStorage()
  rememberReturnPath(storage, '/sessions/0123456789ab')
  rememberReturnPath(storage, '//evil.example')
  expect(takeReturnPath(storage)).toBe('/sessions/0123456789ab')
})
