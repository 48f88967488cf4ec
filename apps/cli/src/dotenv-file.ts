import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { parseEnv } from 'node:util'
import { ENV_SET_MAX_VARIABLES, tooManyVariables } from '@sallyport/contract/env-set-rules'
import { usageError } from './exit-code.ts'

interface DotenvVariable {
  readonly name: string
  readonly value: string
}

/** Far above what a set may hold: room for comments, and an end for /dev/zero. */
const FILE_MAX_BYTES = 10 * 1024 * 1024

const head = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y
const quoted = /"[^"]*"|'[^']*'|`[^`]*`/y
/** To the end of the line; a comment needs a space before it. */
const unquoted = /[^\r\n#]*/y
const rest = /[ \t]*(?:#[^\n]*|\r)?(?:\n|$)/y

/** What `pattern` (sticky) finds at `at`. */
const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/**
 * Sentences name lines and never what stands in them. Whatever shells, Docker, the package dotenv and versions of Node read in different ways is one: a `#` in a value without
 * quotes, a backslash in double quotes that does not make a newline, anything behind a closing quote. A secret that was cut at its `#` is found out far too late.
 */
const unreadable = (text: string, at: number) =>
  usageError(
    `line ${text.slice(0, at).split('\n').length} of the file is not NAME=value`,
    `put a value with a quote, a backslash or # into single quotes: NAME='value'`,
  )

const isSpace = (character: string | undefined): boolean => character === ' ' || character === '\t'

/** Not by a regular expression, which would be quadratic about a long run of spaces. */
const trimmed = (raw: string): string => {
  let end = raw.length
  while (isSpace(raw[end - 1])) end -= 1
  return raw.slice(0, end)
}

/** As it stands there, quotes and all; undefined when it is not certain what is meant. */
const rawValue = (text: string, at: number): string | undefined => {
  const [inQuotes] = matchAt(quoted, text, at) ?? []
  if (inQuotes !== undefined) return inQuotes.startsWith('"') && /\\(?!n)/.test(inQuotes) ? undefined : inQuotes
  const [bare = ''] = matchAt(unquoted, text, at) ?? []
  const end = at + bare.length
  const isCut = text[end] === '#' && !isSpace(text[end - 1])
  return /^["'`]/.test(bare) || isCut ? undefined : bare
}

/**
 * The variables of a dotenv file, in its order; a name that comes twice is there twice. Values are what `util.parseEnv` of Node makes of each: quotes go, `\n` in double quotes
 * becomes a newline, CRLF becomes LF, nothing is expanded. @throws a usage error that names the line
 */
export const parseDotenv = (text: string): DotenvVariable[] => {
  const variables: DotenvVariable[] = []
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length; at = rest.lastIndex) {
    if (matchAt(rest, text, at) !== null) continue
    const [before = '', name = ''] = matchAt(head, text, at) ?? []
    const raw = name === '' ? undefined : rawValue(text, at + before.length)
    if (raw === undefined || matchAt(rest, text, at + before.length + raw.length) === null) throw unreadable(text, at)
    if (variables.length === ENV_SET_MAX_VARIABLES) throw usageError(tooManyVariables)
    // One at a time and under a name of ours: given a whole file, it keeps the last of two, gives up where a line has no name, and loses __proto__.
    const { V: value = '' } = parseEnv(`V=${trimmed(raw)}`)
    variables.push({ name, value })
    matchAt(rest, text, at + before.length + raw.length)
  }
  return variables
}

/** Reads one, from a file or whatever can be read like one (`<(…)`). What was read is wiped; what became text cannot be. */
export const readDotenvFile = async (path: string): Promise<DotenvVariable[]> => {
  const pieces: Buffer[] = []
  try {
    let bytes = 0
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > FILE_MAX_BYTES) throw usageError(`${path} has more than ${FILE_MAX_BYTES / 1024 / 1024} MB`)
    }
    const content = Buffer.concat(pieces)
    pieces.push(content)
    if (!isUtf8(content)) throw usageError(`${path} is not UTF-8 text`)
    if (content.includes(0)) throw usageError(`${path} has a NUL byte: it is not a dotenv file`)
    return parseDotenv(content.toString())
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw usageError(`there is no file ${path}`)
    if (code === 'EISDIR') throw usageError(`${path} is a directory`)
    if (code === 'EACCES') throw usageError(`${path} cannot be read: permission denied`)
    throw error
  } finally {
    for (const piece of pieces) piece.fill(0)
  }
}
