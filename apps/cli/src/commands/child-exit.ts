import { constants } from 'node:os'
import { errorData } from '@sallyport/client/error-data'
import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import { CliError, EXIT_OWN_FAILURE } from '../exit-code.ts'

type Ended = Pick<Session, 'state' | 'exitCode' | 'signal' | 'name'>

export const isEnded = ({ state }: Pick<Session, 'state'>): boolean => !isLive(state)

/** The answer to what was typed while the child was ending. Its output, which says so itself, may still be on the way: no reason to leave it. */
export const isTooLate = (error: unknown): boolean => errorData(error)?.code === 'conflict'

/** The child's code, or 128+N for signal N. A session whose end nobody saw has neither. */
export const childExit = (session: Ended): number => {
  if (session.signal !== null) {
    return 128 + ((constants.signals as Readonly<Record<string, number>>)[session.signal] ?? 0)
  }
  if (session.exitCode !== null) return session.exitCode
  throw new CliError(EXIT_OWN_FAILURE, 'unavailable', `how ${session.name} ended is not known (${session.state})`)
}
