import { statfs } from 'node:fs/promises'
import type { SessionLogLimits } from './limits.ts'
import type { RecordingState } from './types.ts'

type Paused = Extract<RecordingState, { recording: false }>

/** Below the free-space guard. */
export class LowSpaceError extends Error {
  override readonly name = 'LowSpaceError'
}

/** Rejects with LowSpaceError below `requiredBytes`, with the system's error when the directory is gone. */
export async function requireFreeSpace(directory: string, requiredBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  const freeBytes = bavail * bsize
  if (freeBytes < requiredBytes) {
    throw new LowSpaceError(`${inMiB(freeBytes)} free, ${inMiB(requiredBytes)} needed`)
  }
}

/** What recording is told to the world when `error` stopped it. */
export function pausedBy(error: unknown, directory: string, limits: SessionLogLimits): Paused {
  if (error instanceof LowSpaceError) {
    return {
      recording: false,
      reason: 'min_free',
      message:
        `Recording is paused: less than ${inMiB(limits.minFreeBytes)} free on the volume of ${directory}. ` +
        'Free some space, or lower log.min_free_bytes; it resumes by itself.',
    }
  }
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      recording: false,
      reason: 'enospc',
      message: `Recording is paused: no space left for ${directory}. Free some space; it resumes by itself.`,
    }
  }
  const what =
    code === 'ENOENT' ? `${directory} was removed` : error instanceof Error ? error.message : 'the disk gave no reason'
  return {
    recording: false,
    reason: 'error',
    message: `Recording is paused: ${what}. Put it right; recording resumes by itself.`,
  }
}

function inMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
