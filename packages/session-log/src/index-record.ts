import { constants } from 'node:os'
import { crc32 } from 'node:zlib'
import type { ExitStatus } from './types.ts'

/**
 * The sidecar `index`: fixed records of 24 bytes, little endian, appended:
 * `crc32 u32 (of the 20 bytes that follow) | type u8 | 3 zero bytes | offset f64 | value f64`.
 * Doubles hold every offset and every millisecond exactly, and Infinity and NaN besides.
 */
export const RECORD_BYTES = 24

export type IndexRecord =
  /** The byte at `offset` was printed at `atMs`. */
  | { readonly type: 'time'; readonly offset: number; readonly atMs: number }
  | { readonly type: 'size'; readonly offset: number; readonly cols: number; readonly rows: number }
  /** [offset, toOffset) was not recorded. Infinity: it had not resumed when this was written; a later record tells. */
  | { readonly type: 'cut'; readonly offset: number; readonly toOffset: number }
  | { readonly type: 'exit'; readonly offset: number; readonly exit: ExitStatus }
  /** The log is whole: the stream ended at `offset`, nothing follows. */
  | { readonly type: 'end'; readonly offset: number; readonly atMs: number }
  /** Time marks before `offset` stand for up to `spanMs` of output each: the index was thinned. */
  | { readonly type: 'span'; readonly offset: number; readonly spanMs: number }

const TYPE_NUMBERS = { time: 1, size: 2, cut: 3, exit: 4, end: 5, span: 6 } as const

export function encodeRecord(record: IndexRecord): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES)
  bytes.writeUInt8(TYPE_NUMBERS[record.type], 4)
  bytes.writeDoubleLE(record.offset, 8)
  bytes.writeDoubleLE(numberOf(record), 16)
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0)
  return bytes
}

/** Undefined when the bytes are not a record: wrong checksum, unknown type, impossible offset. */
export function decodeRecord(bytes: Buffer, position: number): IndexRecord | undefined {
  const type = bytes.readUInt8(position + 4)
  if (type < 1 || type > 6) return undefined
  if (bytes.readUInt32LE(position) !== crc32(bytes.subarray(position + 4, position + RECORD_BYTES))) return undefined
  const offset = bytes.readDoubleLE(position + 8)
  if (!Number.isSafeInteger(offset) || offset < 0) return undefined
  return recordOf(type, offset, bytes.readDoubleLE(position + 16))
}

export type ParsedRecords = {
  readonly records: readonly IndexRecord[]
  /** Records' worth of bytes that were no record. */
  readonly droppedRecords: number
  /** Bytes looked at and done with; fewer than one record's are left after them. */
  readonly consumedBytes: number
}

/** After damage it finds the next record at any byte, so a lost byte does not cost the rest of the file. */
export function parseRecords(bytes: Buffer): ParsedRecords {
  const records: IndexRecord[] = []
  let droppedRecords = 0
  let badBytes = 0
  let position = 0
  while (position + RECORD_BYTES <= bytes.length) {
    const record = decodeRecord(bytes, position)
    if (record === undefined) {
      badBytes += 1
      position += 1
    } else {
      droppedRecords += Math.ceil(badBytes / RECORD_BYTES)
      badBytes = 0
      records.push(record)
      position += RECORD_BYTES
    }
  }
  return { records, droppedRecords: droppedRecords + Math.ceil(badBytes / RECORD_BYTES), consumedBytes: position }
}

function numberOf(record: IndexRecord): number {
  switch (record.type) {
    case 'time':
    case 'end':
      return record.atMs
    case 'size':
      return record.cols * 65_536 + record.rows
    case 'cut':
      return record.toOffset
    case 'exit':
      return exitValue(record.exit)
    case 'span':
      return record.spanMs
  }
}

function recordOf(type: number, offset: number, value: number): IndexRecord | undefined {
  switch (type) {
    case TYPE_NUMBERS.time:
      return { type: 'time', offset, atMs: value }
    case TYPE_NUMBERS.size:
      return { type: 'size', offset, cols: Math.floor(value / 65_536), rows: value % 65_536 }
    case TYPE_NUMBERS.cut:
      return { type: 'cut', offset, toOffset: value }
    case TYPE_NUMBERS.exit:
      return { type: 'exit', offset, exit: exitOf(value) }
    case TYPE_NUMBERS.end:
      return { type: 'end', offset, atMs: value }
    case TYPE_NUMBERS.span:
      return { type: 'span', offset, spanMs: value }
    default:
      return undefined
  }
}

/** Exit code as it is (0 and up), a signal as its negative number, NaN for an end that nobody saw. */
function exitValue({ code, signal }: ExitStatus): number {
  if (signal === null) return code ?? Number.NaN
  const known = (constants.signals as Record<string, number | undefined>)[signal]
  return -(known ?? Number(/^SIG(\d+)$/.exec(signal)?.[1] ?? Number.NaN))
}

function exitOf(value: number): ExitStatus {
  if (Number.isNaN(value)) return { code: null, signal: null }
  if (value >= 0) return { code: value, signal: null }
  const name = Object.entries(constants.signals).find(([, number]) => number === -value)?.[0]
  return { code: null, signal: name ?? `SIG${-value}` }
}
