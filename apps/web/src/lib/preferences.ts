import { createSignal } from 'solid-js'

/** How this browser likes to look: nothing secret, so web storage may keep it (SPEC W13). A browser that refuses storage forgets it. */
const read = (key: string): string | null => {
  try {
    return localStorage.getItem(`sallyport.${key}`)
  } catch {
    return null
  }
}

const write = (key: string, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(`sallyport.${key}`)
    else localStorage.setItem(`sallyport.${key}`, value)
  } catch {
    // Private windows of some browsers refuse: the choice then lasts as long as the page.
    return
  }
}

export type Theme = 'auto' | 'light' | 'dark'
const themes: readonly Theme[] = ['auto', 'light', 'dark']
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

const [theme, setThemeSignal] = createSignal<Theme>(themes.find((name) => name === read('theme')) ?? 'auto')
const [systemDark, setSystemDark] = createSignal(systemIsDark.matches)
systemIsDark.addEventListener('change', () => setSystemDark(systemIsDark.matches))

const applyTheme = (): void => {
  if (theme() === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme()
}
applyTheme()

export const currentTheme = theme
export const isDark = (): boolean => (theme() === 'auto' ? systemDark() : theme() === 'dark')
export const nextTheme = (): void => {
  const next = themes[(themes.indexOf(theme()) + 1) % themes.length] ?? 'auto'
  setThemeSignal(next)
  write('theme', next === 'auto' ? null : next)
  applyTheme()
}

const FONT_MIN_PX = 9
const FONT_MAX_PX = 28
const FONT_DEFAULT_PX = 14
const validFont = (px: number): number => Math.max(FONT_MIN_PX, Math.min(FONT_MAX_PX, Math.round(px)))

const [fontPx, setFontPx] = createSignal(validFont(Number(read('font')) || FONT_DEFAULT_PX))
export const terminalFontPx = fontPx
export const changeTerminalFont = (byPx: number): void => {
  setFontPx(validFont(fontPx() + byPx))
  write('font', String(fontPx()))
}

const [screenReader, setScreenReader] = createSignal(read('screen-reader') === 'on')
export const screenReaderMode = screenReader
export const toggleScreenReaderMode = (): void => {
  setScreenReader(!screenReader())
  write('screen-reader', screenReader() ? 'on' : null)
}
