import { join } from 'node:path'

/** Of the directory of one session: nobody but the owner reads what a terminal showed. */
export const DIRECTORY_MODE = 0o700
export const FILE_MODE = 0o600

const SEGMENT_NAME = /^(\d{16})\.seg$/

/** 16 digits hold every safe integer, and names sort as offsets do. */
export function segmentPath(directory: string, startOffset: number): string {
  return join(directory, `${String(startOffset).padStart(16, '0')}.seg`)
}

/** The start offset in a segment's file name; undefined for any other file. */
export function segmentStart(fileName: string): number | undefined {
  const digits = SEGMENT_NAME.exec(fileName)?.[1]
  if (digits === undefined) return undefined
  const start = Number(digits)
  return Number.isSafeInteger(start) ? start : undefined
}

export function indexPath(directory: string): string {
  return join(directory, 'index')
}

/** Where a new index is written before it replaces the old one by rename. */
export function indexDraftPath(directory: string): string {
  return join(directory, 'index.draft')
}
