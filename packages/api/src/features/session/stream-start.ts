import type { outputInput } from '@sallyport/contract/output'
import { ATTACH_TAIL_BYTES } from '@sallyport/contract/wire-limits'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { OutputCursor } from './output-cursor.ts'

export type OutputRequest = z.output<typeof outputInput>

/** A line longer than this is cut: finding its start would mean reading all of it. */
const LINE_SCAN_BYTES = 64 * 1024
const NEWLINE = 10

/**
 * Where a stream begins. A resumed one (`lastEventId`, the offset after the last byte that the client saw) begins there whatever `from` says.
 * @throws AppError `bad_request` for an offset that the session has not reached
 */
export const startOffset = async (
  cursor: OutputCursor,
  from: OutputRequest['from'],
  lastEventId: string | undefined,
): Promise<number> => {
  if (lastEventId !== undefined) return reached(cursor, parseOffset(lastEventId))
  switch (from.kind) {
    case 'start':
      return 0
    case 'offset':
      return reached(cursor, from.offset)
    case 'lines':
      return cursor.log.offsetOfLastLines(from.count)
    case 'time':
      return cursor.log.offsetAtTime(Date.parse(from.at))
    case 'tail':
      return tailStart(cursor)
  }
}

/** ATTACH_TAIL_BYTES before the end, at a line start, and not before what is kept. */
export const tailStart = async (cursor: OutputCursor): Promise<number> => {
  const wanted = cursor.end() - ATTACH_TAIL_BYTES
  const { start } = await cursor.log.info()
  if (wanted <= start) return Math.min(start, cursor.end())
  // The byte before tells whether the wanted offset is a line start itself.
  const read = await cursor.read(wanted - 1, LINE_SCAN_BYTES)
  if (read.kind === 'gap') return Math.max(wanted, read.to)
  if (read.kind !== 'bytes') return wanted
  const newline = read.bytes.indexOf(NEWLINE)
  return newline === -1 ? wanted : wanted + newline
}

const parseOffset = (text: string): number => {
  const offset = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(offset)) throw new AppError('bad_request', 'The id to resume from is not an offset.')
  return offset
}

const reached = async (cursor: OutputCursor, offset: number): Promise<number> => {
  // The disk lags the terminal by milliseconds, so only the keeper can call an offset too high.
  if (offset > cursor.end()) await cursor.placed()
  if (offset > cursor.end()) {
    throw new AppError('bad_request', `The output has ${cursor.end()} bytes, there is nothing at offset ${offset}.`)
  }
  return offset
}
