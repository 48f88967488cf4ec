const CODE_DIGITS = 6

/** U+FF10 to U+FF19: what some Japanese and Chinese keyboards type. */
const fullWidthZero = 0xff10

/** Pasted codes come as `123 456` or `123-456`; only their digits count. Too many digits are kept, so that a wrong paste looks wrong. */
export const digitsOf = (typed: string): string =>
  typed.replace(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - fullWidthZero)).replace(/[\s.\-–—]/g, '')

/** The six digits of an authenticator, or undefined while they are not all there. */
export const parseCode = (typed: string): string | undefined => {
  const digits = digitsOf(typed)
  return /^\d+$/.test(digits) && digits.length === CODE_DIGITS ? digits : undefined
}

/** A secret as a person types it: `JBSW Y3DP …`. */
export const inGroups = (secret: string, size = 4): string =>
  (secret.replace(/\s/g, '').match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(' ')
