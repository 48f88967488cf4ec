/** What a set may hold is a fraction of this; a larger paste is a file that got here by mistake. */
const PASTE_MAX_CHARACTERS = 1024 * 1024

export interface TypedVariable {
  readonly name: string
  readonly value: string
}

export interface PastedLines {
  readonly variables: readonly TypedVariable[]
  /** Sentences with the number of a line, and no part of a value. */
  readonly problems: readonly string[]
}

/** A value between quotes, and where the text goes on after it; undefined when the quote is not closed. */
interface Quoted {
  readonly value: string
  readonly next: number
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

/**
 * Reads lines as of a dotenv file: `NAME=value`, `export` before it, comments, '…' exact, "…" with \n \r \t \" \\ \$, both over several lines. Nothing
 * is expanded. What could be meant in two ways is a problem, not a guess: values are not shown, so nobody would see that one was cut short.
 */
export const pasteLines = (pasted: string): PastedLines => {
  if (pasted.length > PASTE_MAX_CHARACTERS) {
    return { variables: [], problems: ['This is more than an env set can hold.'] }
  }
  const text = pasted.replaceAll('\r\n', '\n')
  const variables: TypedVariable[] = []
  const problems: string[] = []
  let at = 0
  let line = 0
  while (at < text.length) {
    line += 1
    const end = lineEnd(text, at)
    const whole = text.slice(at, end)
    const sign = whole.indexOf('=')
    // Not one pattern for the whole line: it would go back and forth over a long one.
    const name = whole
      .slice(0, Math.max(0, sign))
      .trim()
      .replace(/^export\s+/, '')
    const value = whole.slice(sign + 1).trim()
    const valueAt = end - whole.slice(sign + 1).trimStart().length
    const quote = value.charAt(0)
    at = end + 1
    if (isNothing(whole)) continue
    if (sign < 0) {
      problems.push(`Line ${line} has no =. Write NAME=value.`)
    } else if (quote === "'" || quote === '"') {
      const quoted = quote === "'" ? singleQuoted(text, valueAt + 1) : doubleQuoted(text, valueAt + 1)
      // Everything after it would be part of the value, so there is nothing more to read.
      if (quoted === undefined)
        return { variables, problems: [...problems, `Line ${line} opens a ${quote} that is not closed.`] }
      const quotedEnd = lineEnd(text, quoted.next)
      if (isNothing(text.slice(quoted.next, quotedEnd))) variables.push({ name, value: quoted.value })
      else problems.push(`Line ${line} goes on after the closing ${quote}. Put the whole value in quotes.`)
      line += text.slice(valueAt, quoted.next).split('\n').length - 1
      at = quotedEnd + 1
    } else if (/\s#/.test(value)) {
      problems.push(`Line ${line} may end with a comment. Take it out, or put the value in quotes.`)
    } else {
      variables.push({ name, value })
    }
  }
  return { variables, problems }
}

/** White space, or a comment. */
const isNothing = (rest: string): boolean => /^(?:#|$)/.test(rest.trimStart())

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

const singleQuoted = (text: string, from: number): Quoted | undefined => {
  const end = text.indexOf("'", from)
  return end < 0 ? undefined : { value: text.slice(from, end), next: end + 1 }
}

const doubleQuoted = (text: string, from: number): Quoted | undefined => {
  let value = ''
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '"') return { value, next: at + 1 }
    const escaped = character === '\\' ? escapes[text.charAt(at + 1)] : undefined
    if (escaped !== undefined) at += 1
    value += escaped ?? character
  }
  return undefined
}
