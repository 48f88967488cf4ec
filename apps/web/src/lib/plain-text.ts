/**
 * Text that a program chose (titles, commands, links) made safe to show in one line of ours: no control characters, no bidirectional overrides
 * that reorder what a person reads (Trojan Source, CVE-2021-42574), no invisible characters, at most `maxLength` characters.
 */
export const plainText = (text: string, maxLength = 200): string => {
  const clean = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim()
  const characters = [...clean]
  return characters.length <= maxLength ? clean : `${characters.slice(0, maxLength - 1).join('')}…`
}
