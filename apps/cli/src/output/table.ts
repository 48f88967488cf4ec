import { sanitise } from './sanitise.ts'

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  /** SGR parameters such as `32`. */
  readonly colour?: (row: Row) => string | undefined
}

export interface TableOptions {
  readonly colours: boolean
  /** The last column is cut to fit; undefined (a pipe): nothing is cut. */
  readonly width: number | undefined
}

/** Wide characters take two cells, as in the terminal; marks that combine take none. */
const cells = (text: string): number => {
  let count = 0
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue
    count +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1
  }
  return count
}

const cut = (text: string, width: number): string => {
  if (cells(text) <= width) return text
  let result = ''
  for (const character of text) {
    if (cells(result + character) > width - 1) break
    result += character
  }
  return `${result}…`
}

/** Lines of a table with a header. Every cell is sanitised here, so no caller can forget it. */
export const formatTable = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string[] => {
  const texts = rows.map((row) => columns.map((column) => sanitise(column.value(row))))
  const widths = columns.map((column, n) =>
    texts.reduce((width, row) => Math.max(width, cells(row[n] ?? '')), cells(column.title)),
  )
  const line = (row: readonly string[], paint: (text: string, n: number) => string): string => {
    let used = 0
    const parts = row.map((text, n) => {
      const width = widths[n] ?? 0
      if (n < row.length - 1) {
        used += width + 2
        return paint(text, n) + ' '.repeat(width - cells(text) + 2)
      }
      return paint(options.width === undefined ? text : cut(text, Math.max(8, options.width - used)), n)
    })
    return parts.join('').trimEnd()
  }
  const header = line(
    columns.map(({ title }) => title),
    (text) => (options.colours ? `\x1b[2m${text}\x1b[22m` : text),
  )
  return [
    header,
    ...texts.map((row, at) =>
      line(row, (text, n) => {
        const source = rows[at]
        const sgr = options.colours && source !== undefined ? columns[n]?.colour?.(source) : undefined
        return sgr === undefined ? text : `\x1b[${sgr}m${text}\x1b[0m`
      }),
    ),
  ]
}
