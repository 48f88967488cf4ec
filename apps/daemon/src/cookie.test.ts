import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { cookieNames, createCookieJar, readCookie } from './cookie.ts'

const jar = (isSecure: boolean) => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  return { cookies: createCookieJar(response, cookieNames(8447, isSecure), isSecure), response }
}

test('cookies are host-only, strict and out of reach of scripts', () => {
  const { cookies, response } = jar(false)
  cookies.set('session', 'abc', 60.9)
  cookies.set('device', '1.u.d.0.mac', 1e6)
  cookies.clear('sign_in')
  expect(response.getHeader('set-cookie')).toEqual([
    'sallyport_8447=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Strict',
    'sallyport_device_8447=1.u.d.0.mac; Max-Age=1000000; Path=/; HttpOnly; SameSite=Strict',
    'sallyport_sign_in_8447=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
  ])
})

test('over https they carry the prefix that keeps others from planting them, and Secure', () => {
  const { cookies, response } = jar(true)
  for (const name of ['session', 'sign_in', 'device'] as const) cookies.set(name, 'abc', 60)
  const attributes = 'abc; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure'
  expect(response.getHeader('set-cookie')).toEqual([
    `__Host-sallyport=${attributes}`,
    `__Host-sallyport-sign-in=${attributes}`,
    `__Host-sallyport-device=${attributes}`,
  ])
})

test('of one cookie the last word counts', () => {
  const { cookies, response } = jar(false)
  cookies.set('session', 'first', 60)
  cookies.clear('session')
  cookies.set('session', 'second', 60)
  expect(response.getHeader('set-cookie')).toEqual([
    'sallyport_8447=second; Max-Age=60; Path=/; HttpOnly; SameSite=Strict',
  ])
})

test.each([
  [['a=1; sallyport_8447=abc; b=2'], 'abc'],
  [['sallyport_8447=abc'], 'abc'],
  [['sallyport_8447=abc; sallyport_8447=planted'], undefined],
  [['sallyport_8447=abc', 'sallyport_8447=abc'], undefined],
  [['sallyport_8447='], undefined],
  [['sallyport_9000=abc; Sallyport_8447=abc; xsallyport_8447=abc; sallyport_sign_in_8447=abc'], undefined],
  [[], undefined],
])('%j holds %j', (headers, expected) => {
  expect(readCookie(headers, 'sallyport_8447')).toBe(expected)
})
