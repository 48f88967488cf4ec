import type { ErrorCode } from '@sallyport/contract/error-code'

/** The daemon's first answer does not wait for the api, whose error class this is. */
export const refusal = async (code: ErrorCode, sentence: string, cause?: unknown): Promise<Error> => {
  const { AppError } = await import('@sallyport/api/errors')
  return new AppError(code, sentence, { cause })
}
