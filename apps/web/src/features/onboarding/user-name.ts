/** `userName` of the contract, without pulling its schemas into the page; a test keeps the two together. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/

export const userNameProblem = (name: string): string | undefined => {
  if (name === '') return 'Type a name.'
  if (name.length > 64) return 'A name has at most 64 characters.'
  return pattern.test(name)
    ? undefined
    : 'A name has letters, digits, dots, dashes, underscores or @, and starts with a letter or digit.'
}
