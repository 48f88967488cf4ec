export interface CellSize {
  readonly widthPx: number
  readonly heightPx: number
}

export interface TerminalSize {
  readonly cols: number
  readonly rows: number
}

/** SPEC S5: nothing sane draws below it; the contract refuses it, so a tiny window gets a terminal that is scrolled instead. */
export const MIN_SIZE: TerminalSize = { cols: 20, rows: 5 }
const MAX_SIZE: TerminalSize = { cols: 1000, rows: 500 }

const clamp = (value: number, min: number, max: number): number => Math.max(min, Math.min(max, value))

/** How many cells fit into a box. Undefined while the font is not measured or the box is not laid out. */
export const fitCells = (box: { widthPx: number; heightPx: number }, cell: CellSize): TerminalSize | undefined => {
  if (!(cell.widthPx > 0 && cell.heightPx > 0 && box.widthPx > 0 && box.heightPx > 0)) return undefined
  return {
    cols: clamp(Math.floor(box.widthPx / cell.widthPx), MIN_SIZE.cols, MAX_SIZE.cols),
    rows: clamp(Math.floor(box.heightPx / cell.heightPx), MIN_SIZE.rows, MAX_SIZE.rows),
  }
}

/** The largest font, up to `wishedPx`, in which a terminal of somebody else's size is whole in our box; `minPx` where none is. */
export const letterboxFont = (
  box: { widthPx: number; heightPx: number },
  size: TerminalSize,
  font: { cellAt: (fontPx: number) => CellSize; wishedPx: number; minPx: number },
): number => {
  for (let fontPx = Math.round(font.wishedPx); fontPx > font.minPx; fontPx -= 1) {
    const cell = font.cellAt(fontPx)
    if (cell.widthPx * size.cols <= box.widthPx && cell.heightPx * size.rows <= box.heightPx) return fontPx
  }
  return font.minPx
}

export const sameSize = (a: TerminalSize | undefined, b: TerminalSize | undefined): boolean =>
  a?.cols === b?.cols && a?.rows === b?.rows
