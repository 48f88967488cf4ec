import { type ErrorCode, type ErrorData, errorCodes } from '@sallyport/contract/error-code'
import { databaseError } from '@sallyport/database/database-error'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'

type TrpcCode = TRPCError['code']

/** The one table from our codes to tRPC's. HTTP statuses stand in the contract; a test checks that tRPC derives the same ones. */
const trpcCodes = {
  bad_request: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  session_expired: 'UNAUTHORIZED',
  sign_in_failed: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  step_up_required: 'FORBIDDEN',
  socket_only: 'FORBIDDEN',
  http_only: 'BAD_REQUEST',
  not_found: 'NOT_FOUND',
  ambiguous: 'CONFLICT',
  conflict: 'CONFLICT',
  too_large: 'PAYLOAD_TOO_LARGE',
  locked: 'SERVICE_UNAVAILABLE',
  integrity: 'INTERNAL_SERVER_ERROR',
  cannot_start: 'UNPROCESSABLE_CONTENT',
  too_many_requests: 'TOO_MANY_REQUESTS',
  at_capacity: 'SERVICE_UNAVAILABLE',
  unavailable: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
} as const satisfies Record<ErrorCode, TrpcCode>

export interface AppErrorOptions {
  /** Logged when the code is `internal` or `unavailable`, never sent. */
  readonly cause?: unknown
  readonly retryAfterSeconds?: number
}

/**
 * A refusal or failure that a person will read. `publicMessage` is a whole sentence and says what to do where something can be done; it is the only
 * part of an error that leaves the daemon. It is a TRPCError so that every transport derives the right status without a second mapping.
 */
export class AppError extends TRPCError {
  readonly errorCode: ErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(errorCode: ErrorCode, publicMessage: string, options: AppErrorOptions = {}) {
    super({ code: trpcCodes[errorCode], message: publicMessage, cause: options.cause })
    this.name = 'AppError'
    this.errorCode = errorCode
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

export interface PublicError {
  readonly message: string
  readonly data: ErrorData
}

/** What may leave the daemon of any error. Anything that nobody expected becomes `internal` and says nothing but `reference`. */
export const publicError = (error: unknown, reference: () => string): PublicError => {
  if (error instanceof AppError) return answer(error.errorCode, error.message, error.retryAfterSeconds)
  if (error instanceof TRPCError && error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) {
    return answer('bad_request', inputSentence(error.cause))
  }
  const trouble = databaseError(error)
  if (trouble !== null) return answer('unavailable', trouble.message)
  const known = error instanceof TRPCError ? refusalsOfTrpc[error.code] : undefined
  if (known !== undefined) return answer(known.code, known.message)
  return answer('internal', `Something went wrong in the daemon. Its log says more under ${reference()}.`)
}

/** Refusals that tRPC makes before our code runs. Its own messages quote the request, so ours replace them. */
const refusalsOfTrpc: Partial<Record<TrpcCode, { readonly code: ErrorCode; readonly message: string }>> = {
  PARSE_ERROR: { code: 'bad_request', message: 'The request could not be read.' },
  BAD_REQUEST: { code: 'bad_request', message: 'The request is not valid.' },
  NOT_FOUND: { code: 'not_found', message: 'There is no such procedure. Is the client as new as the daemon?' },
  METHOD_NOT_SUPPORTED: { code: 'bad_request', message: 'This procedure wants another HTTP method.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'bad_request', message: 'The request has a content type that is not supported.' },
  PAYLOAD_TOO_LARGE: { code: 'too_large', message: 'The request is too large.' },
}

const answer = (code: ErrorCode, message: string, retryAfterSeconds?: number): PublicError => ({
  message,
  data: {
    code,
    httpStatus: errorCodes[code].http,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  },
})

/** One sentence that names the first field that is wrong. Zod's issues never quote the value, which may be a secret. */
const inputSentence = (error: ZodError): string => {
  const issue = error.issues[0]
  if (issue === undefined) return 'The request is not valid.'
  const field = issue.path.map(String).join('.')
  return field === '' ? `The request is not valid: ${issue.message}.` : `${field} is not valid: ${issue.message}.`
}

/** Codes that mean "it broke", not "you may not": audited as `failed`. */
const failures: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['internal', 'unavailable', 'integrity', 'cannot_start'])
export const isFailure = (code: ErrorCode): boolean => failures.has(code)

/** What the person who runs the daemon should look at. A mistyped program is the caller's to mend, and is told to them. */
const troubles: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['internal', 'unavailable', 'integrity'])
export const isTrouble = (code: ErrorCode): boolean => troubles.has(code)
