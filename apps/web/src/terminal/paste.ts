const START = '\x1b[200~'
const END = '\x1b[201~'

/**
 * Clipboard text as the bytes of a paste. Lines end in CR as if typed. Escape and the other control characters but tab are taken out: a page can put
 * an end-of-paste marker into the clipboard, and what follows it would run as if it had been typed.
 */
export const pasteData = (text: string, bracketed: boolean): string => {
  const clean = text
    .replace(/\r?\n/g, '\r')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
    .replace(/[\u0000-\u0008\u000a-\u000c\u000e-\u001f\u007f-\u009f]/g, '')
  return bracketed ? `${START}${clean}${END}` : clean
}

/** Without bracketed paste, every line break is an Enter: the program runs each line as it comes. */
export const needsConfirmation = (text: string, bracketed: boolean): boolean =>
  !bracketed && /[\r\n]/.test(text.trimEnd())
