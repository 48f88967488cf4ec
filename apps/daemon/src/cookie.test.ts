import { expect, test } from 'vitest'
import { readCookie, serializeClearedCookie, serializeCookie } from './cookie.ts'

test('the cookie is host-only, strict and out of reach of scripts', () => {
  expect(serializeCookie('sallyport_8447', 'abc', 60.9)).toBe(
    'sallyport_8447=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Strict',
  )
  expect(serializeClearedCookie('sallyport_8447')).toBe('sallyport_8447=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict')
})

test.each([
  [['a=1; sallyport_8447=abc; b=2'], 'abc'],
  [['sallyport_8447=abc'], 'abc'],
  [['sallyport_8447=abc; sallyport_8447=planted'], undefined],
  [['sallyport_8447=abc', 'sallyport_8447=abc'], undefined],
  [['sallyport_8447='], undefined],
  [['sallyport_9000=abc; Sallyport_8447=abc; xsallyport_8447=abc'], undefined],
  [[], undefined],
])('%j holds %j', (headers, expected) => {
  expect(readCookie(headers, 'sallyport_8447')).toBe(expected)
})
