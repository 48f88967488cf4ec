/** Of sessions and env sets, as the contract has them, said before a round trip. The daemon has the last word. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export const nameProblem = (name: string): string | undefined => {
  if (name === '') return 'Type a name.'
  if (pattern.test(name)) return undefined
  if (name.length > 64) return 'A name has at most 64 characters.'
  if (/\s/.test(name)) return 'A name has no spaces. Use a dash.'
  return 'A name has letters, digits, dots, dashes and underscores, and starts with a letter or digit.'
}
