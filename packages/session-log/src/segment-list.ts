import { readdir, stat } from 'node:fs/promises'
import { segmentPath, segmentStart } from './layout.ts'

/** A segment file as found on disk. */
export type SegmentFile = {
  readonly start: number
  readonly bytes: number
  /** When its first byte was written, as well as a file system can tell, in milliseconds since the epoch. */
  readonly startedAt: number
}

/**
 * Oldest first. Names before sizes: a name in the list means that its predecessor was full before, so a size that is
 * taken afterwards is final.
 */
export async function listSegments(directory: string): Promise<SegmentFile[]> {
  const starts = (await readdir(directory)).map(segmentStart).filter((start) => start !== undefined)
  starts.sort((a, b) => a - b)
  const found = await Promise.all(starts.map((start) => describe(directory, start)))
  return found.filter((segment) => segment !== undefined)
}

/** Undefined when it was dropped between the listing and now. */
async function describe(directory: string, start: number): Promise<SegmentFile | undefined> {
  try {
    const { size, birthtimeMs, mtimeMs } = await stat(segmentPath(directory, start))
    // Not every file system has a birth time, and that of a copied file is later than its last write.
    const startedAt = Math.floor(birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs)
    return { start, bytes: size, startedAt }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
