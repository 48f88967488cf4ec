import type { ITheme } from '@xterm/xterm'

/** Every colour but black (or white) reads on the background with at least 4.5:1. */
export const darkTheme: ITheme = {
  background: '#0b0d0f',
  foreground: '#dfe4e7',
  cursor: '#55c8b3',
  cursorAccent: '#0b0d0f',
  selectionBackground: '#2b5a52aa',
  scrollbarSliderBackground: '#ffffff22',
  scrollbarSliderHoverBackground: '#ffffff44',
  scrollbarSliderActiveBackground: '#ffffff66',
  black: '#2b3238',
  red: '#ff7b72',
  green: '#56cc8d',
  yellow: '#e4b355',
  blue: '#79b0ff',
  magenta: '#d2a0f5',
  cyan: '#56c9d8',
  white: '#c8cfd4',
  brightBlack: '#7c8790',
  brightRed: '#ffa39c',
  brightGreen: '#7fe3ad',
  brightYellow: '#f4cf83',
  brightBlue: '#a5caff',
  brightMagenta: '#e3c2fb',
  brightCyan: '#8ae0ea',
  brightWhite: '#ffffff',
}

export const lightTheme: ITheme = {
  background: '#ffffff',
  foreground: '#1b2126',
  cursor: '#0b6b5d',
  cursorAccent: '#ffffff',
  selectionBackground: '#a9dcd2aa',
  scrollbarSliderBackground: '#00000022',
  scrollbarSliderHoverBackground: '#00000044',
  scrollbarSliderActiveBackground: '#00000066',
  black: '#1b2126',
  red: '#b3261e',
  green: '#12754a',
  yellow: '#8a5a00',
  blue: '#1f5fbf',
  magenta: '#8b3fb5',
  cyan: '#0b6b7d',
  white: '#5d6871',
  brightBlack: '#66717b',
  brightRed: '#c9362c',
  brightGreen: '#1a7f50',
  brightYellow: '#946200',
  brightBlue: '#2f6fd0',
  brightMagenta: '#9a4ec4',
  brightCyan: '#0f7687',
  brightWhite: '#3a444c',
}

/** Programs choose truecolor for a dark ground; on a light one xterm darkens what could not be read. */
export const minimumContrast = { dark: 1, light: 4.5 } as const
