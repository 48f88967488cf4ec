export type Split =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly problem: string }

/** Unquoted, these mean something to a shell. Nothing here would carry it out, so passing them on as text would be a lie. */
const needsShell = new Set('|&;<>()$`*?[!#~'.split(''))
const onlyAtWordStart = new Set(['#', '~', '!'])
const escapableInDoubleQuotes = new Set(['"', '\\', '$', '`'])

/**
 * Splits a command line into argv with the quoting of POSIX shells (XCU 2.2): '…' literal, "…" with backslash for " \ $ `, a backslash before one
 * character. Anything that only a shell can carry out is refused with a sentence.
 */
export const splitWords = (line: string): Split => {
  const words: string[] = []
  let word: string | undefined
  let at = 0
  while (at < line.length) {
    const character = line.charAt(at)
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
      at += 1
    } else if (character === "'") {
      const end = line.indexOf("'", at + 1)
      if (end < 0) return unfinished("'")
      word = (word ?? '') + line.slice(at + 1, end)
      at = end + 1
    } else if (character === '"') {
      const quoted = doubleQuoted(line, at + 1)
      if (typeof quoted === 'string') return { ok: false, problem: quoted }
      word = (word ?? '') + quoted.text
      at = quoted.next
    } else if (character === '\\') {
      if (at + 1 >= line.length) return { ok: false, problem: 'The line ends with a backslash that escapes nothing.' }
      word = (word ?? '') + line.charAt(at + 1)
      at += 2
    } else if (needsShell.has(character) && (word === undefined || !onlyAtWordStart.has(character))) {
      return { ok: false, problem: `Only a shell understands ${character} here. Quote it, or choose “Shell line”.` }
    } else {
      word = (word ?? '') + character
      at += 1
    }
  }
  if (word !== undefined) words.push(word)
  return { ok: true, words }
}

/** As `splitWords`, where the first word is a program. */
export const splitCommand = (line: string): Split => {
  const split = splitWords(line)
  return split.ok ? checkProgram(split.words) : split
}

const unfinished = (quote: string): Split => ({ ok: false, problem: `A quote ${quote} is opened and not closed.` })

const doubleQuoted = (line: string, start: number): { text: string; next: number } | string => {
  let text = ''
  for (let at = start; at < line.length; at += 1) {
    const character = line.charAt(at)
    if (character === '"') return { text, next: at + 1 }
    if (character === '$' || character === '`') {
      return `Only a shell understands ${character} here. Put the word in single quotes, or choose “Shell line”.`
    }
    if (character === '\\' && escapableInDoubleQuotes.has(line.charAt(at + 1))) {
      at += 1
      text += line.charAt(at)
    } else {
      text += character
    }
  }
  return 'A quote " is opened and not closed.'
}

const checkProgram = (words: readonly string[]): Split => {
  const program = words[0]
  if (program === undefined) return { ok: false, problem: 'Type the command to run.' }
  if (program === '') return { ok: false, problem: 'The name of the program is empty.' }
  const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(program)?.[1]
  if (assignment !== undefined) {
    return { ok: false, problem: `Set ${assignment} under Environment below, or choose “Shell line”.` }
  }
  return { ok: true, words }
}

const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/

/** argv as a line that a person can read and that `splitCommand` reads back. */
export const joinCommand = (words: readonly string[]): string =>
  words.map((word) => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
