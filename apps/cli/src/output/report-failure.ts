import { describeFailure, EXIT, EXIT_OWN_FAILURE } from '../exit-code.ts'
import { sanitise } from './sanitise.ts'

export interface ReportOptions {
  readonly dataDir: string
  readonly json: boolean
  /** `exec` and `wait`: every failure of their own is 125. */
  readonly childVerb: boolean
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** Somebody closed the pipe that we print into (`logs | head`): they have what they wanted. */
export const isClosedPipe = (error: unknown): boolean => {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; current = current.cause, depth += 1) {
    const { code } = current as NodeJS.ErrnoException
    if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return true
  }
  return false
}

/** Says what went wrong and returns the exit code. */
export const reportFailure = (error: unknown, options: ReportOptions): number => {
  if (isClosedPipe(error)) return EXIT.ok
  const { exit, code, message, hint } = describeFailure(error, options.dataDir)
  if (options.json) {
    options.stdout.write(`${JSON.stringify({ schemaVersion: 1, error: { code, message } })}\n`)
  } else {
    // The first line of W3 is a promise to scripts; everything else names who speaks.
    options.stderr.write(`${code === 'daemon_not_running' ? '' : 'sallyport: '}${sanitise(message)}\n`)
    if (hint !== undefined) options.stderr.write(`${sanitise(hint)}\n`)
  }
  return options.childVerb ? EXIT_OWN_FAILURE : exit
}
