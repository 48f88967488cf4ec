import { AppError } from '../../errors.ts'
import type { SessionEntry } from './session-record.ts'

/** @throws AppError `conflict` for a session that nothing can be typed into, in words for the person who tried */
export const requireRunning = ({ name, state }: SessionEntry): void => {
  if (state === 'running') return
  throw new AppError('conflict', state === 'starting' ? `${name} is still starting.` : `${name} has ended.`)
}
