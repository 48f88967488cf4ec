import type { IDisposable, Terminal } from '@xterm/xterm'

/**
 * xterm.js looks for the links of a row when the pointer comes to that row and believes what it found until the pointer leaves it (Linkifier.ts,
 * `_activeLine`), whatever is printed there meanwhile: a link under a resting pointer could not be clicked, and one that was overwritten still
 * could. After output, the next move or press first tells xterm that the pointer was elsewhere. These events do not bubble, so that they reach
 * xterm's link code on its screen element and never its mouse reports to the program.
 */
export const keepLinksFresh = (terminal: Terminal, host: HTMLElement): IDisposable => {
  let stale = false
  const written = terminal.onWriteParsed(() => {
    stale = true
  })
  const refresh = (event: MouseEvent): void => {
    const screen = terminal.element?.querySelector('.xterm-screen')
    if (!stale || !screen) return
    stale = false
    const { top, height } = screen.getBoundingClientRect()
    const elsewhere = event.clientY < top + height / 2 ? top + height - 1 : top + 1
    for (const clientY of [elsewhere, event.clientY]) {
      screen.dispatchEvent(new MouseEvent('mousemove', { clientX: event.clientX, clientY }))
    }
  }
  host.addEventListener('mousemove', refresh, { capture: true })
  host.addEventListener('mousedown', refresh, { capture: true })
  return {
    dispose: () => {
      written.dispose()
      host.removeEventListener('mousemove', refresh, { capture: true })
      host.removeEventListener('mousedown', refresh, { capture: true })
    },
  }
}
