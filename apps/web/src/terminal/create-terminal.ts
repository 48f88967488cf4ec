import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal } from '@xterm/xterm'
import { isDark, screenReaderMode, terminalFontPx } from '../lib/preferences.ts'
import { installCspShim } from './csp-shim.ts'
import type { TerminalSize } from './letterbox.ts'
import { darkTheme, lightTheme, minimumContrast } from './terminal-theme.ts'

const SCROLLBACK_LINES = 5000

/** An xterm.js in `host`, drawn under the page's policy. `openLink` gets whatever text the program called a link. */
export const createTerminal = (host: HTMLElement, size: TerminalSize, openLink: (text: string) => void): Terminal => {
  installCspShim(document)
  const terminal = new Terminal({
    cols: size.cols,
    rows: size.rows,
    scrollback: SCROLLBACK_LINES,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
    fontSize: terminalFontPx(),
    lineHeight: 1.15,
    theme: isDark() ? darkTheme : lightTheme,
    minimumContrastRatio: isDark() ? minimumContrast.dark : minimumContrast.light,
    screenReaderMode: screenReaderMode(),
    cursorBlink: false,
    macOptionIsMeta: true,
    rightClickSelectsWord: false,
    linkHandler: { activate: (_event, text) => openLink(text), allowNonHttpProtocols: false },
    logLevel: 'off',
  })
  terminal.loadAddon(new WebLinksAddon((_event, text) => openLink(text)))
  terminal.open(host)
  terminal.textarea?.setAttribute('aria-label', 'Terminal input')
  return terminal
}
