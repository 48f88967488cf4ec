import type { RandomBytes } from './tokens.ts'

/** `length` characters of an alphabet whose size is a power of two up to 256, so that every character is equally likely. */
export const newId = (random: RandomBytes, alphabet: string, length: number): string => {
  const size = alphabet.length
  if (size < 2 || size > 256 || (size & (size - 1)) !== 0)
    throw new RangeError('the alphabet needs a power of two characters')
  return Array.from(random(length), (byte) => alphabet[byte & (size - 1)]).join('')
}
