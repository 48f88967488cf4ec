import { isIPv6 } from 'node:net'

/** A Host header (or the authority of an origin), taken apart. */
export interface Host {
  /** Lower case; an IPv6 address stands in brackets, in its canonical form. */
  readonly name: string
  /** Undefined: the default port of the scheme. */
  readonly port: number | undefined
}

const REG_NAME = /^[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9]([a-z0-9_-]{0,62}))*$/

/**
 * uri-host [ ":" port ] of RFC 9110 7.2, narrower: letters, digits, dash, dot, underscore; no userinfo, no percent encoding, no trailing dot, no zone id. Undefined
 * for anything else. Nothing is resolved or guessed: `2130706433`, `0x7f.1` and `127.1` are names like any other, and no name of ours.
 */
export const parseHost = (text: string): Host | undefined => {
  const [, bracketed, plain, portText] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([^[\]:@/\\?#%\s]{1,253}))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? { name: new URL(`http://[${bracketed}]`).hostname, port } : undefined
  }
  const name = plain?.toLowerCase()
  return name !== undefined && REG_NAME.test(name) ? { name, port } : undefined
}

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
export const isLoopbackName = (host: Host): boolean => loopbackNames.has(host.name)

/** An address as a Host header names it: IPv6 goes into brackets. */
export const hostNameOfAddress = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** Scheme and authority as a browser writes them into Origin. */
export const originOf = (scheme: 'http' | 'https', { name, port }: Host): string => {
  const isDefault = port === undefined || port === (scheme === 'http' ? 80 : 443)
  return `${scheme}://${name}${isDefault ? '' : `:${port}`}`
}
