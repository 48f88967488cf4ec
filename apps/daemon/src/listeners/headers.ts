import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** W9, word for word. `nonce` is fresh for every page; files have none. */
export const pageContentSecurityPolicy = (nonce?: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    nonce === undefined ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types solid app-worker',
  ].join('; ')

/** For answers that are no page: whatever they contain, nothing in them runs or loads. */
const nothingPolicy = "default-src 'none'; frame-ancestors 'none'"

/** What every answer carries, errors and refusals included; no-store until something says that it may be kept. */
export const baseHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': nothingPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

export const setBaseHeaders = (response: ServerResponse): void => {
  for (const [name, value] of Object.entries(baseHeaders)) response.setHeader(name, value)
}

/** W9. The sign-in worker runs WebAssembly (OPAQUE, Argon2), sees the password, and can send nothing to anybody but the page that started it. */
export const signInWorkerContentSecurityPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'"

/** HSTS (RFC 6797), a year. Without includeSubDomains: other names under the host are not ours to decide about. */
export const strictTransport = 'max-age=31536000'

/** 128 bits: unguessable for as long as the page lives. */
export const freshNonce = (): string => randomBytes(16).toString('base64')
