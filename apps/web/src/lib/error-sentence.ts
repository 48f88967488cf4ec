import { connectionFailure } from '@sallyport/client/connection-errors'
import { errorData } from '@sallyport/client/error-data'

/** The daemon's messages are sentences for people (contract, error-code.ts); this only gives them the shape of one. */
export const asSentence = (message: string): string => {
  const text = message.trim()
  if (text === '') return 'Something failed without saying why.'
  // A whole sentence may begin with a name in lower case, such as that of a program.
  if (/[.!?…]$/.test(text)) return text
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** What failed and, where we know it, what to do. */
export const errorSentence = (error: unknown): string => {
  const said = errorData(error)
  if (said?.retryAfterSeconds !== undefined && error instanceof Error) {
    return `${asSentence(error.message)} Try again in ${said.retryAfterSeconds} s.`
  }
  if (said !== undefined && error instanceof Error) return asSentence(error.message)
  const failure = connectionFailure(error)
  if (failure !== undefined) return asSentence(failure.message)
  if (error instanceof TypeError) return 'The daemon cannot be reached. Is it running? Try again in a moment.'
  return error instanceof Error ? asSentence(error.message) : 'Something failed without saying why.'
}
