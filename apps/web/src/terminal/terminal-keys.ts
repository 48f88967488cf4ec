import type { Terminal } from '@xterm/xterm'
import { sayFailure } from '../ui/toasts.tsx'

const copySelection = (terminal: Terminal): void => {
  const text = terminal.getSelection()
  if (text === '') return
  navigator.clipboard.writeText(text).catch(() => {
    sayFailure('This browser did not let the page copy. Use its own Copy command.')
  })
  terminal.clearSelection()
}

/**
 * Keys that are the page's before they are the program's: Ctrl+C with a selection copies (without one it interrupts, as ever), Ctrl+Shift+C copies,
 * Ctrl+Shift+V is left to the browser, whose paste event we handle.
 */
export const installKeys = (terminal: Terminal): void => {
  terminal.attachCustomKeyEventHandler((event) => {
    const letter = event.key.toLowerCase()
    if (!event.ctrlKey || event.altKey || event.metaKey) return true
    if (letter === 'v' && event.shiftKey) return false
    if (letter !== 'c' || !(event.shiftKey || terminal.hasSelection())) return true
    // Ctrl+Shift+C would open the inspector of the browser.
    event.preventDefault()
    if (event.type === 'keydown') copySelection(terminal)
    return false
  })
}
