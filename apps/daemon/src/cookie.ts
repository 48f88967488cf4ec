/**
 * The cookie of an auth session (W12). Host-only (no Domain), so no neighbour under a common parent receives it; the port is in the name because
 * browsers share the cookies of `localhost` between all ports.
 */
export const cookieName = (port: number): string => `sallyport_${port}`

const attributes = 'Path=/; HttpOnly; SameSite=Strict'

/** `token` is base64url and needs no quoting. */
export const serializeCookie = (name: string, token: string, maxAgeSeconds: number): string =>
  `${name}=${token}; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}; ${attributes}`

export const serializeClearedCookie = (name: string): string => `${name}=; Max-Age=0; ${attributes}`

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
