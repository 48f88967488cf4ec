/**
 * How programs print a value: every function takes the text and gives it as one kind of program writes it, without the quotes around it, which are
 * not secret. Text that needs no escaping comes back as it is.
 */
export type Encoding = (text: string) => string

const hexByte = (code: number): string => code.toString(16).padStart(2, '0')
const percentByte = (character: string): string => `%${hexByte(character.charCodeAt(0)).toUpperCase()}`
/** JSON's \uXXXX for each UTF-16 unit, small letters as Python, PHP and Go write them. */
const unicodeEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** RFC 3986, section 2.3: all but the unreserved characters. JavaScript's own leaves five more alone. */
const percentStrict: Encoding = (text) => encodeURIComponent(text).replace(/[!'()*]/g, percentByte)

const percentEncodings: readonly Encoding[] = [
  encodeURIComponent,
  percentStrict,
  // Python's urllib.parse.quote keeps slashes unless told otherwise.
  (text) => percentStrict(text).replaceAll('%2F', '/'),
  encodeURI,
  // application/x-www-form-urlencoded: a space is a plus.
  (text) => new URLSearchParams([['', text]]).toString().slice(1),
]

const json: Encoding = (text) => JSON.stringify(text).slice(1, -1)
const jsonAscii: Encoding = (text) => json(text).replace(/[\u007f-\uffff]/g, unicodeEscape)

const jsonEncodings: readonly Encoding[] = [
  json,
  // Python.
  jsonAscii,
  // PHP.
  (text) => jsonAscii(text).replaceAll('/', '\\/'),
  // Go, and whoever writes JSON into a page.
  (text) => json(text).replace(/[<>&\u2028\u2029]/g, unicodeEscape),
]

/** bash's `sh_backslash_quote`: what `printf %q` and completion put a backslash before. */
const shellSpecial = /[ \t'"\\|&;()<>!{}*[\]?^$`,]/g

const ansiNames: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\E',
  "'": "\\'",
  '\\': '\\\\',
}

/** The inside of bash's $'…': names where C has them, octal for other control characters. */
const shellAnsi: Encoding = (text) =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this style exists for
    /[\x00-\x1f\x7f'\\]/g,
    (character) => ansiNames[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )

const shellEncodings: readonly Encoding[] = [
  // '…': bash's `set`, `set -x` and @Q; then that of dash and Python's shlex.
  (text) => text.replaceAll("'", "'\\''"),
  (text) => text.replaceAll("'", `'"'"'`),
  // "…": bash's `export` and `declare -p`.
  (text) => text.replace(/["\\$`]/g, '\\$&'),
  (text) => text.replace(shellSpecial, '\\$&'),
  shellAnsi,
]

const markupNames: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const markupEncodings: readonly Encoding[] = [
  // Text between tags.
  (text) => text.replace(/[&<>]/g, (character) => markupNames[character] as string),
  // Attributes, and whoever makes no difference; then Python's html.escape.
  ...['&#39;', '&#x27;'].map(
    (apostrophe): Encoding =>
      (text) =>
        text.replace(/[&<>"']/g, (character) => markupNames[character] ?? apostrophe),
  ),
]

const lowerCasePercent = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

/** All of them but base64 and hex, which are of bytes. Most give most values back unchanged: the caller removes what is twice. */
export const textEncodings: readonly Encoding[] = [
  (text) => text,
  ...percentEncodings,
  ...percentEncodings.map(
    (encode): Encoding =>
      (text) =>
        lowerCasePercent(encode(text)),
  ),
  ...jsonEncodings,
  ...markupEncodings,
  ...shellEncodings,
]

/**
 * The characters of base64 that stand for these bytes and nothing else, when `offset` bytes (0 to 2, modulo 3) come before them in what was encoded. The
 * characters at both ends may share bits with a neighbour: up to 4 bits of the first and of the last byte stay readable.
 */
export const base64Middle = (bytes: Uint8Array, offset: 0 | 1 | 2): string => {
  const text = Buffer.concat([new Uint8Array(offset), bytes]).toString('base64')
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.byteLength) * 8) / 6))
}
