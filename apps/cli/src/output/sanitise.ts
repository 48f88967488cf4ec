/**
 * Text of others (names, commands, error messages) as one line that cannot steer a terminal or read other than it is: C0 and C1 controls, line and paragraph
 * separators and bidi overrides (CVE-2021-42574) become `�`.
 */
export const sanitise = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for
  text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
