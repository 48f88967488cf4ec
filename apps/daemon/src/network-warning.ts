import { isLoopbackAddress } from './addresses.ts'
import type { ConfigValues } from './config/schema.ts'

/** What a start on a network address without TLS before it has to say; null when there is nothing to say (W6). */
export const networkWarning = (values: ConfigValues): string | null => {
  const host = values['http.host']
  if (!values['http.enabled'] || host === 'localhost' || isLoopbackAddress(host)) return null
  if (values.public_urls.some((url) => url.startsWith('https:'))) return null
  return `listening on ${host} without TLS: anybody on the network path can read and change what passes; put a TLS proxy in front (public_urls, trust_proxy), see docs/guide.md`
}
