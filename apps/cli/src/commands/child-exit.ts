import { constants } from 'node:os'
import type { Session } from '@sallyport/contract/session'
import { CliError, EXIT_OWN_FAILURE } from '../exit-code.ts'

type Ended = Pick<Session, 'state' | 'exitCode' | 'signal' | 'name'>

export const isEnded = ({ state }: Pick<Session, 'state'>): boolean => state !== 'starting' && state !== 'running'

/** The child's code, or 128+N for signal N. A session whose end nobody saw has neither. */
export const childExit = (session: Ended): number => {
  if (session.signal !== null) {
    return 128 + ((constants.signals as Readonly<Record<string, number>>)[session.signal] ?? 0)
  }
  if (session.exitCode !== null) return session.exitCode
  throw new CliError(EXIT_OWN_FAILURE, 'unavailable', `how ${session.name} ended is not known (${session.state})`)
}
