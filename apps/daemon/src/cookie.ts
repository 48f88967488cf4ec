import type { ServerResponse } from 'node:http'
import type { CookieJar, CookieName } from '@sallyport/api/connection'

export type CookieNames = Readonly<Record<CookieName, string>>

/**
 * The names of our cookies (W12). Host-only (no Domain), so no neighbour under a common parent receives them. Over https the prefix makes the browser refuse one
 * that a neighbour, or a page of the same name over http, would plant; over http there is no such help, and the port is in the name because browsers share the
 * cookies of `localhost` between all ports.
 */
export const cookieNames = (port: number, isSecure: boolean): CookieNames =>
  isSecure
    ? { session: '__Host-sallyport', sign_in: '__Host-sallyport-sign-in', device: '__Host-sallyport-device' }
    : { session: `sallyport_${port}`, sign_in: `sallyport_sign_in_${port}`, device: `sallyport_device_${port}` }

/** `value` is base64url or dots and needs no quoting. */
const serialize = (name: string, value: string, maxAgeSeconds: number, isSecure: boolean): string =>
  `${name}=${value}; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`

/** Writes into one response. Calls of one batch share it: of one cookie the last word counts. */
export const createCookieJar = (response: ServerResponse, names: CookieNames, isSecure: boolean): CookieJar => {
  const lines = new Map<CookieName, string>()
  const put = (name: CookieName, value: string, maxAgeSeconds: number): void => {
    lines.set(name, serialize(names[name], value, maxAgeSeconds, isSecure))
    response.setHeader('Set-Cookie', [...lines.values()])
  }
  return { set: put, clear: (name) => put(name, '', 0) }
}

/**
 * The value of the cookie `name`, as it came. Two of that name, in one header or in two: somebody planted one (a page on another port, or on a parent
 * domain), nobody can tell which, so neither counts.
 */
export const readCookie = (headers: readonly string[], name: string): string | undefined => {
  const values: string[] = []
  for (const header of headers) {
    for (const pair of header.split(';')) {
      const equals = pair.indexOf('=')
      if (equals !== -1 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim())
    }
  }
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}
