import type { GateDecision, GateReason } from './gate.ts'
import { originOf } from './host-header.ts'
import { messagePage } from './message-page.ts'

type Refused = Extract<GateDecision, { allow: false }>

const sentences: Record<Exclude<GateReason, 'foreign_host'>, string> = {
  bad_target: 'The request target must be a path.',
  repeated_header: 'A header that may stand once stands twice.',
  no_host: 'The request has no Host header.',
  bad_host: 'The Host header is not a host name.',
  foreign_origin:
    'This page is not allowed to call Sallyport. To allow it, add its origin to allowed_origins in config.yaml.',
  cross_site: 'Another site made this request; open the address yourself.',
  unproven_origin: 'A request with a cookie must say which page it comes from (Origin).',
}

/** A plain sentence for every refusal; for a foreign Host, the one a person may meet in a browser, a page with the line to add. */
export const gateAnswer = (
  { reason, host, status }: Refused,
  scheme: 'http' | 'https',
): { readonly contentType: string; readonly body: string } => {
  if (reason !== 'foreign_host' || host === undefined) {
    return {
      contentType: 'text/plain; charset=utf-8',
      body: `${reason === 'foreign_host' ? 'Foreign Host.' : sentences[reason]}\n`,
    }
  }
  return {
    contentType: 'text/html; charset=utf-8',
    // The host has passed parseHost: letters, digits, dot, dash, underscore, colon, brackets. messagePage escapes it all the same.
    body: messagePage({
      title: `${status} · not an address of this daemon`,
      text: `Sallyport does not answer as ${host.name}, because any web site can point a name of its own at your machine. If the name is yours, add this line to config.yaml and restart the daemon:`,
      code: `public_urls: ["${originOf(scheme, host)}"]`,
    }),
  }
}
