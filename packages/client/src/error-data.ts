import { type ErrorCode, type ErrorData, errorCodes } from '@sallyport/contract/error-code'
import { TRPCClientError } from '@trpc/client'

/** What the daemon said about an error; undefined when the error is not the daemon's. A code that we do not know (a newer daemon) is `internal`. */
export const errorData = (error: unknown): ErrorData | undefined => {
  if (!(error instanceof TRPCClientError)) return undefined
  const data: unknown = error.data
  if (typeof data !== 'object' || data === null || !('code' in data)) return undefined
  const { code } = data
  const known = typeof code === 'string' && Object.hasOwn(errorCodes, code)
  return { ...(data as ErrorData), code: known ? (code as ErrorCode) : 'internal' }
}
