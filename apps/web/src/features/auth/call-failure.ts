import { errorData } from '@sallyport/client/error-data'
import type { ErrorCode } from '@sallyport/contract/error-code'
import { errorSentence } from '../../lib/error-sentence.ts'

/** How a step of a sign-in can fail, as far as the page answers differently. */
export type CallFailure =
  /** A wrong password or code. The daemon says no more, on purpose. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  /** The cookie of this step is gone or too old. */
  | { readonly kind: 'over' }
  /** No answer from the daemon. */
  | { readonly kind: 'away' }
  /** `code` is absent where the failure is the page's own. */
  | { readonly kind: 'other'; readonly code?: ErrorCode; readonly sentence: string }

/** When the daemon does not say for how long. */
const SOME_SECONDS = 10

export const callFailure = (error: unknown): CallFailure => {
  const said = errorData(error)
  switch (said?.code) {
    case 'sign_in_failed':
      return { kind: 'wrong' }
    case 'too_many_requests':
      return { kind: 'limited', retryAfterSeconds: said.retryAfterSeconds ?? SOME_SECONDS }
    case 'unauthenticated':
    case 'session_expired':
      return { kind: 'over' }
    case undefined:
      // What the client throws without an answer: no network, or a proxy's page instead of the daemon's.
      if (error instanceof Error && error.name === 'TRPCClientError') return { kind: 'away' }
  }
  return { kind: 'other', ...(said && { code: said.code }), sentence: errorSentence(error) }
}
