/** With a second factor eight characters do, without one fifteen (A3). */
export const minPasswordLength = (secondFactorRequired: boolean): 8 | 15 => (secondFactorRequired ? 8 : 15)

/** Fewer different characters than this is a pattern: `aaaaaaaa`, `12121212`. */
const VARIED = 5
const GOOD_LENGTH = 12
const STRONG_LENGTH = 16

/**
 * One sentence about what is typed so far. It advises; `passwordProblem` decides. Length is what is said, because length is what helps: no percentages, no
 * rules about capitals.
 */
export const passwordAdvice = (password: string, minLength: 8 | 15): string => {
  const characters = [...password.normalize('NFKC')]
  if (characters.length === 0)
    return `At least ${minLength} characters. Four random words are easy to remember and hard to guess.`
  if (characters.length < minLength) return `Too short yet: at least ${minLength} characters.`
  if (new Set(characters).size < VARIED) return 'Long enough, but it repeats itself: easy to guess.'
  if (characters.length < GOOD_LENGTH) return 'Good enough beside a second factor. Longer is stronger.'
  return characters.length < STRONG_LENGTH ? 'A good password. Longer is stronger.' : 'A strong password.'
}
