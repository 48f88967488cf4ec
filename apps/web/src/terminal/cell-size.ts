import type { Terminal } from '@xterm/xterm'
import type { CellSize } from './letterbox.ts'

/**
 * The size of a cell at a font size, in CSS px: what xterm's renderer computes (CharSizeService.ts, DomRenderer.ts), from the font alone. The drawn
 * screen is not measured: whenever it lags behind the terminal's columns, as under a CSS transition, the one divided by the other asks the program
 * for a wrong size, which is measured wrongly again: from 20 × 5 to 1000 × 500 and back, many times a second.
 */
export const createCellMeasure = (terminal: Terminal): ((fontPx: number) => CellSize) => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d')
  if (!canvas) throw new Error('this browser does not measure text')
  return (fontPx) => {
    canvas.font = `${fontPx}px ${terminal.options.fontFamily}`
    const letter = canvas.measureText('W')
    const letterHeight = Math.ceil((letter.fontBoundingBoxAscent + letter.fontBoundingBoxDescent) * devicePixelRatio)
    return {
      widthPx: letter.width,
      heightPx: Math.floor(letterHeight * (terminal.options.lineHeight ?? 1)) / devicePixelRatio,
    }
  }
}
