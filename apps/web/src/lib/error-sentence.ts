import { connectionFailure } from '@sallyport/client/connection-errors'
import { errorData } from '@sallyport/client/error-data'
import { duration } from './relative-time.ts'

/** The daemon's messages are sentences for people (contract, error-code.ts); this only gives them the shape of one. */
export const asSentence = (message: string): string => {
  const text = message.trim()
  if (text === '') return 'Something failed without saying why.'
  // A whole sentence may begin with a name in lower case, such as that of a program.
  if (/[.!?…]$/.test(text)) return text
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** When to try again, unless the sentence says it. */
export const withRetry = (sentence: string, retryAfterSeconds: number | undefined): string =>
  retryAfterSeconds === undefined || /try again/i.test(sentence)
    ? sentence
    : `${sentence} Try again in ${duration(retryAfterSeconds * 1000)}.`

/** What failed and, where we know it, what to do. */
export const errorSentence = (error: unknown): string => {
  const said = errorData(error)
  if (said !== undefined && error instanceof Error) return withRetry(asSentence(error.message), said.retryAfterSeconds)
  const failure = connectionFailure(error)
  if (failure !== undefined) return asSentence(failure.message)
  if (error instanceof TypeError) return 'The daemon cannot be reached. Is it running? Try again in a moment.'
  return error instanceof Error ? asSentence(error.message) : 'Something failed without saying why.'
}
