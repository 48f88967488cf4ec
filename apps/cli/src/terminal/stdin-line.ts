import { isUtf8 } from 'node:buffer'
import { LINE_MAX_CHARACTERS, type TypedLine, tooLong } from './hidden-line.ts'

/** UTF-8 has at most three bytes per UTF-16 unit. */
const maxBytes = LINE_MAX_CHARACTERS * 3

const notText = 'Standard input is not UTF-8 text.'

/**
 * One line of standard input without its newline; all of it when it has none. What follows is left unread, and no more is kept than a line may have. Rejects when it cannot
 * be read.
 */
export const readStdinLine = async (stdin: AsyncIterable<Buffer>): Promise<TypedLine> => {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    const newlineAt = chunk.indexOf('\n')
    const piece = newlineAt === -1 ? chunk : chunk.subarray(0, newlineAt)
    bytes += piece.length
    if (bytes > maxBytes) return { kind: 'unusable', reason: tooLong }
    pieces.push(piece)
    if (newlineAt !== -1) break
  }
  const line = Buffer.concat(pieces)
  // Decoded as it is, other bytes would become other passwords than the one that was meant.
  if (!isUtf8(line)) return { kind: 'unusable', reason: notText }
  const text = new TextDecoder().decode(line).replace(/\r$/, '')
  return text.length > LINE_MAX_CHARACTERS ? { kind: 'unusable', reason: tooLong } : { kind: 'line', text }
}
