import type { Terminal } from '@xterm/xterm'
import { createEffect, onCleanup } from 'solid-js'
import { terminalFontPx } from '../lib/preferences.ts'
import { type CellSize, fitCells, letterboxFont, sameSize, type TerminalSize } from './letterbox.ts'

/** xterm draws its scroll bar over the right of its element: as much room as @xterm/addon-fit leaves for it. */
const SCROLLBAR_PX = 14
const MIN_FONT_PX = 5

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

const screenOf = (terminal: Terminal): DOMRect | undefined =>
  terminal.element?.querySelector('.xterm-screen')?.getBoundingClientRect()

const cellOf = (terminal: Terminal): CellSize | undefined => {
  const screen = screenOf(terminal)
  return screen && { widthPx: screen.width / terminal.cols, heightPx: screen.height / terminal.rows }
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
export const fitsIn = (box: HTMLElement, terminal: Terminal): TerminalSize | undefined => {
  const cell = cellOf(terminal)
  const scale = terminalFontPx() / (terminal.options.fontSize ?? terminalFontPx())
  return cell && fitCells(roomIn(box), { widthPx: cell.widthPx * scale, heightPx: cell.heightPx * scale })
}

/** Keeps the terminal in its box, once per frame: the owner asks for the size that fits, everybody else sees the real size, smaller if it must be. */
export const layoutTerminal = (options: LayoutOptions): void => {
  const { box, frame, terminal } = options
  let scheduled: number | undefined
  let asked: TerminalSize | undefined
  /** Cells are whole pixels wide, so sizes do not scale smoothly: a font once found too large is not tried again, or it would flicker forever. */
  let tooLarge = { situation: '', fontPx: Number.POSITIVE_INFINITY }

  const layout = (): void => {
    scheduled = undefined
    const room = roomIn(box)
    if (options.owned()) {
      terminal.options.fontSize = terminalFontPx()
      const fits = fitsIn(box, terminal)
      if (fits && !sameSize(fits, asked)) {
        asked = fits
        options.onFit(fits)
      }
    } else {
      asked = undefined
      shrinkToFit(room)
    }
    const screen = screenOf(terminal)
    if (!screen) return
    frame.style.width = `${Math.ceil(screen.width) + SCROLLBAR_PX}px`
    frame.style.height = `${Math.ceil(screen.height)}px`
  }
  const shrinkToFit = (room: { widthPx: number; heightPx: number }): void => {
    const screen = screenOf(terminal)
    if (!screen) return
    const currentPx = terminal.options.fontSize ?? terminalFontPx()
    const situation = [room.widthPx, room.heightPx, terminal.cols, terminal.rows].join()
    if (situation !== tooLarge.situation) tooLarge = { situation, fontPx: Number.POSITIVE_INFINITY }
    if (screen.width > room.widthPx || screen.height > room.heightPx) tooLarge.fontPx = currentPx
    terminal.options.fontSize = letterboxFont(
      room,
      { widthPx: screen.width, heightPx: screen.height },
      { currentPx, wishedPx: Math.min(terminalFontPx(), tooLarge.fontPx - 1), minPx: MIN_FONT_PX },
    )
  }
  const schedule = (): void => {
    scheduled ??= requestAnimationFrame(layout)
  }

  const observer = new ResizeObserver(schedule)
  observer.observe(box)
  // The renderer measures a new font or size in its own frame; then the frame around it follows.
  const screen = terminal.element?.querySelector('.xterm-screen')
  if (screen) observer.observe(screen)
  createEffect(() => {
    options.owned()
    options.size()
    terminalFontPx()
    schedule()
  })
  onCleanup(() => {
    observer.disconnect()
    if (scheduled !== undefined) cancelAnimationFrame(scheduled)
  })
}
