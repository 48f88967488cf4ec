import { readFile } from 'node:fs/promises'
import { replaceIndex } from './index-file.ts'
import { type IndexRecord, parseRecords, RECORD_BYTES } from './index-record.ts'
import { indexPath } from './layout.ts'
import { listSegments, type SegmentFile } from './segment-list.ts'

export type RepairReport = {
  /** Damaged records that were left out. */
  readonly droppedRecords: number
  /** The index was missing and was made anew from the segments. */
  readonly rebuilt: boolean
}

/**
 * Puts the index of a log in order on disk. Only for a log without a live writer: a writer's unfinished append looks
 * like damage. Readers do the same in memory and need no repair. Rejects with the system's error.
 */
export async function repairSessionLog(directory: string): Promise<RepairReport> {
  const bytes = await readIndex(directory)
  if (bytes === undefined) {
    const records = timesOfSegments(await listSegments(directory))
    await replaceIndex(directory, records)
    return { droppedRecords: 0, rebuilt: records.length > 0 }
  }
  const { records, droppedRecords } = parseRecords(bytes)
  if (records.length * RECORD_BYTES !== bytes.length) await replaceIndex(directory, records)
  return { droppedRecords, rebuilt: false }
}

/** One time per segment, from the file system: all that is left to tell when the index is not. */
export function timesOfSegments(segments: readonly SegmentFile[]): IndexRecord[] {
  return segments.map(({ start, startedAt }) => ({ type: 'time', offset: start, atMs: startedAt }))
}

async function readIndex(directory: string): Promise<Buffer | undefined> {
  try {
    return await readFile(indexPath(directory))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
