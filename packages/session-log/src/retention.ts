import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RetentionLimits } from './limits.ts'

export type StoredSession = {
  readonly id: string
  /** Milliseconds since the epoch; undefined while it lives. */
  readonly endedAt?: number
  readonly bytes: number
}

/**
 * Ids whose logs are to be removed: those that ended too long ago, then the longest ended until the rest fits. A live
 * session counts into the total and is never removed. Pure.
 */
export function planRetention(sessions: readonly StoredSession[], limits: RetentionLimits, now: number): string[] {
  let totalBytes = sessions.reduce((sum, { bytes }) => sum + bytes, 0)
  const removed: string[] = []
  const ended = sessions.filter((session) => session.endedAt !== undefined)
  ended.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
  for (const { id, endedAt, bytes } of ended) {
    const tooOld = endedAt !== undefined && now - endedAt >= limits.maxAgeMs
    if (!tooOld && totalBytes <= limits.maxTotalBytes) break
    removed.push(id)
    totalBytes -= bytes
  }
  return removed
}

/** Removes the directory of one session and all in it. A missing one is no error; a reader that is open loses its files. */
export async function removeSessionLog(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
}

/** What the log takes on disk, index included; 0 when there is none. */
export async function logBytes(directory: string): Promise<number> {
  const names = await readdir(directory).catch(emptyIfMissing)
  const sizes = await Promise.all(names.map((name) => sizeOf(join(directory, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** A segment may be dropped between the listing and the look. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

function emptyIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}
