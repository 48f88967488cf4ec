import { basename } from 'node:path'

const MAX_LENGTH = 64
const FALLBACK = 'session'

/** A name from the program: `/usr/bin/make` is `make`. */
export const nameOfProgram = (program: string): string => {
  const name = basename(program)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MAX_LENGTH)
  return name === '' ? FALLBACK : name
}

/** The name, or the first of name-2, name-3… that is free. */
export const uniqueName = (name: string, isTaken: (name: string) => boolean): string => {
  if (!isTaken(name)) return name
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`
    const candidate = name.slice(0, MAX_LENGTH - suffix.length) + suffix
    if (!isTaken(candidate)) return candidate
  }
}
