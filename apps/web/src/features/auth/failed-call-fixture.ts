import { createBrowserClient } from '@sallyport/client/browser'
import type { ErrorData } from '@sallyport/contract/error-code'
import { vi } from 'vitest'

/** What the page's own client throws when the answer to a call is `answer`: the library's errors are made by the library. */
export const failedCall = async (answer: () => Promise<Response>): Promise<unknown> => {
  vi.stubGlobal('location', { href: 'http://localhost:8447/sign-in', protocol: 'http:' })
  vi.stubGlobal('document', { addEventListener: () => undefined })
  vi.stubGlobal('addEventListener', () => undefined)
  vi.stubGlobal('fetch', answer)
  try {
    return await createBrowserClient()
      .http.auth.whoami.query()
      .then(
        () => new Error('the call did not fail'),
        (error: unknown) => error,
      )
  } finally {
    vi.unstubAllGlobals()
  }
}

/** The daemon's refusal, as it is on the wire. */
export const refusal = (data: ErrorData, message = 'no'): Promise<unknown> =>
  failedCall(async () => Response.json({ error: { message, code: -32_000, data } }, { status: data.httpStatus }))
