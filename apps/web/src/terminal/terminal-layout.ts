import type { Terminal } from '@xterm/xterm'
import { createEffect, onCleanup } from 'solid-js'
import { terminalFontPx } from '../lib/preferences.ts'
import { createCellMeasure } from './cell-size.ts'
import { fitCells, letterboxFont, sameSize, type TerminalSize } from './letterbox.ts'

/** xterm draws its scroll bar over the right of its element: as much room as @xterm/addon-fit leaves for it. */
const SCROLLBAR_PX = 14
const MIN_FONT_PX = 5
/** Of the hairline around a letterboxed terminal (terminal.css), on both sides; above and below it lies in the padding. */
const HAIRLINE_PX = 12

interface LayoutOptions {
  /** The room there is. */
  readonly box: HTMLElement
  /** Around the terminal; gets its exact size, so that the hairline is where the terminal ends. */
  readonly frame: HTMLElement
  readonly terminal: Terminal
  readonly owned: () => boolean
  /** The terminal's size, for tracking: it changes by events of the stream only. */
  readonly size: () => TerminalSize
  readonly onFit: (size: TerminalSize) => void
}

const roomIn = (box: HTMLElement): { widthPx: number; heightPx: number } => {
  const style = getComputedStyle(box)
  const side = (name: string): number => Number.parseFloat(style.getPropertyValue(name)) || 0
  return {
    widthPx: box.clientWidth - side('padding-left') - side('padding-right') - SCROLLBAR_PX,
    heightPx: box.clientHeight - side('padding-top') - side('padding-bottom'),
  }
}

/** How many cells of the wished font the box has room for, also while a smaller font is shown. */
export const fitsIn = (box: HTMLElement, terminal: Terminal): TerminalSize | undefined =>
  fitCells(roomIn(box), createCellMeasure(terminal)(terminalFontPx()))

/** Keeps the terminal in its box, once per frame: the owner asks for the size that fits, everybody else sees the real size, smaller if it must be. */
export const layoutTerminal = (options: LayoutOptions): void => {
  const { box, frame, terminal } = options
  const cellAt = createCellMeasure(terminal)
  let scheduled: number | undefined
  let asked: TerminalSize | undefined

  const layout = (): void => {
    scheduled = undefined
    const room = roomIn(box)
    const owned = options.owned()
    const fontPx = owned
      ? terminalFontPx()
      : letterboxFont({ ...room, widthPx: room.widthPx - HAIRLINE_PX }, terminal, {
          cellAt,
          wishedPx: terminalFontPx(),
          minPx: MIN_FONT_PX,
        })
    terminal.options.fontSize = fontPx
    const cell = cellAt(fontPx)
    const fits = owned ? fitCells(room, cell) : undefined
    if (fits && !sameSize(fits, asked)) options.onFit(fits)
    asked = fits
    frame.style.width = `${Math.ceil(cell.widthPx * terminal.cols) + SCROLLBAR_PX}px`
    frame.style.height = `${Math.ceil(cell.heightPx * terminal.rows)}px`
  }
  const schedule = (): void => {
    scheduled ??= requestAnimationFrame(layout)
  }

  const observer = new ResizeObserver(schedule)
  observer.observe(box)
  const resized = terminal.onResize(schedule)
  createEffect(() => {
    options.owned()
    options.size()
    terminalFontPx()
    schedule()
  })
  onCleanup(() => {
    observer.disconnect()
    resized.dispose()
    if (scheduled !== undefined) cancelAnimationFrame(scheduled)
  })
}
