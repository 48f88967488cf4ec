import { setTimeout as sleep } from 'node:timers/promises'
import type { DaemonTarget } from './daemon-target.ts'
import { pssMebibytes } from './process-figures.ts'

export interface FootprintResult {
  readonly idlePssMebibytes: number
  readonly perIdleSessionMebibytes: number
}

const SESSIONS = 50
/** V8 gives freed memory back when it is left alone for a moment. */
const SETTLE_MS = 3000

/** V5: daemon and keeper together with nothing to do, and what one more session that prints nothing costs. */
export const measureFootprint = async (target: DaemonTarget): Promise<FootprintResult> => {
  await sleep(SETTLE_MS)
  const idlePssMebibytes = pssMebibytes(target.pids)
  const sessions = []
  for (let index = 0; index < SESSIONS; index += 1) sessions.push(await target.run(['sleep', '100000']))
  await sleep(SETTLE_MS)
  const withSessions = pssMebibytes(target.pids)
  for (const session of sessions) await session.end()
  return { idlePssMebibytes, perIdleSessionMebibytes: (withSessions - idlePssMebibytes) / SESSIONS }
}
