import { connectionFailure, DaemonNotRunningError, MessageTooLargeError } from '@sallyport/client/connection-errors'
import { errorData } from '@sallyport/client/error-data'
import { errorCodes } from '@sallyport/contract/error-code'

/** SPEC K2. */
export const EXIT = { ok: 0, error: 1, usage: 2, notRunning: 3, notFound: 4, refused: 5 } as const
/** `exec` and `wait` give the child's code; this is what they give for a failure of their own. */
export const EXIT_OWN_FAILURE = 125
/** Ctrl+C at a question: what a shell gives for SIGINT. */
export const EXIT_INTERRUPTED = 130

/** A failure that the CLI itself found. `hint`: a second line, what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exit: number
  readonly code: string
  readonly hint: string | undefined

  constructor(exit: number, code: string, message: string, hint?: string) {
    super(message)
    this.exit = exit
    this.code = code
    this.hint = hint
  }
}

export const usageError = (message: string, hint?: string): CliError =>
  new CliError(EXIT.usage, 'bad_request', message, hint)

export interface Failure {
  readonly exit: number
  /** For programs: contract/error-code, or `daemon_not_running`. */
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
}

/** What a person and a script are told about an error. `dataDir` is the one that the verb meant. */
export const describeFailure = (error: unknown, dataDir: string): Failure => {
  if (error instanceof CliError) return error
  const failure = connectionFailure(error)
  if (failure instanceof DaemonNotRunningError) {
    return {
      exit: EXIT.notRunning,
      code: 'daemon_not_running',
      message: `daemon not running at ${dataDir}`,
      hint: 'start it with: sallyport daemon --detach',
    }
  }
  if (failure instanceof MessageTooLargeError) {
    return { exit: EXIT.usage, code: 'too_large', message: failure.message, hint: undefined }
  }
  if (failure !== undefined) {
    return { exit: EXIT.error, code: 'unavailable', message: failure.message, hint: undefined }
  }
  const message = error instanceof Error ? error.message : String(error)
  const data = errorData(error)
  if (data === undefined) return { exit: EXIT.error, code: 'internal', message, hint: undefined }
  const wait = data.retryAfterSeconds === undefined ? undefined : `try again in ${data.retryAfterSeconds} s`
  return { exit: errorCodes[data.code].exit, code: data.code, message, hint: wait }
}
