/** Answers of a terminal: device attributes, status, cursor position, modes, window reports, DCS and OSC reports. */
const reply =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
  /^(?:\x1b\[[?>=]?[\d;:]*(?:c|n|R|x|t|\$y|u)|\x1bP[^\x1b]*\x1b\\|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b_[^\x1b]*\x1b\\)+$/

/**
 * Whether the terminal itself said this, not a person: all of it consists of answers. Ask only while a query is open, because `ESC [ 1 ; 2 R` is also shift+F3.
 */
export const isTerminalReply = (data: Buffer): boolean => data[0] === 0x1b && reply.test(data.toString('latin1'))
