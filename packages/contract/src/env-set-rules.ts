/**
 * What an env set may hold (SPEC section 6), for the page, the CLI and the daemon alike. Browser-safe, without zod. Every function gives a sentence for the
 * person, or null when all is well; no sentence has any part of a value in it.
 */
import { unsafeNameReason } from './env-set-unsafe-names.ts'
import { SPAWN_MAX_BYTES } from './wire-limits.ts'

/** What fills a page and a process. */
export const ENV_SET_MAX_VARIABLES = 500
/** Half of Linux' 128 KiB for one K=V (MAX_ARG_STRLEN), so that name, sign and final NUL always fit beside it. */
export const ENV_VALUE_MAX_BYTES = 64 * 1024
const NAME_MAX_CHARACTERS = 255
/** A set must leave room for the rest of the environment of the process, and one message must carry it. */
const ENV_SET_MAX_BYTES = SPAWN_MAX_BYTES / 2

/** O8: values with fewer characters are not masked in output, because their mask would be all over it. */
const MASKED_MIN_CHARACTERS = 6

/** Set in every session that has env sets: the names of their variables, with commas between them. The CLI there does not pass those on. */
export const ENV_SET_NAMES_VARIABLE = 'SALLYPORT_ENV_SET_NAMES'

/** What stands for every value, wherever one is listed. The same for all: not even the length shows. */
export const ENV_VALUE_MASK = '********'

export const tooManyVariables = `An env set has at most ${ENV_SET_MAX_VARIABLES} variables.`

/** Text, or UTF-8: a pipe's bytes are checked here and stay bytes, because bytes can be wiped. */
export type EnvValue = string | Uint8Array

export interface NewEnvVariable {
  readonly name: string
  readonly value: EnvValue
}

/** Names come from people: shown quoted, cut, and without what moves a cursor. */
const shown = (name: string): string => {
  const cut = name.length > 64 ? `${name.slice(0, 64)}…` : name
  return JSON.stringify(cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?'))
}

/** Of a new variable. Not about unsafe names: those need a yes, see `unsafeNamesProblem`. */
export const envNameProblem = (name: string): string | null => {
  if (name === '') return 'A variable needs a name.'
  // What stands behind it may be the value.
  const sign = name.indexOf('=')
  if (sign !== -1) return `The name ${shown(name.slice(0, sign))} has a = behind it: give the name and the value apart.`
  if (/^[0-9]/.test(name)) return `The name ${shown(name)} begins with a digit: shells cannot use it.`
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return `The name ${shown(name)} may have letters, digits and underscores only.`
  if (name.length > NAME_MAX_CHARACTERS)
    return `The name ${shown(name)} has more than ${NAME_MAX_CHARACTERS} characters.`
  return null
}

/** The value as text; undefined when the bytes are no UTF-8. A byte order mark stays: values are exact. */
const textOf = (value: EnvValue): string | undefined => {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value) ? undefined : value
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch (error) {
    // What `fatal` throws; anything else is ours.
    if (error instanceof TypeError) return undefined
    throw error
  }
}

const byteLengthOf = (value: EnvValue): number =>
  typeof value === 'string' ? new TextEncoder().encode(value).byteLength : value.byteLength

/** @param name for the sentence */
export const envValueProblem = (name: string, value: EnvValue): string | null => {
  const tooLong = `The value of ${shown(name)} has more than ${ENV_VALUE_MAX_BYTES / 1024} KiB.`
  // Before anything is made of it: no character has less than one byte.
  if ((typeof value === 'string' ? value.length : value.byteLength) > ENV_VALUE_MAX_BYTES) return tooLong
  if (byteLengthOf(value) > ENV_VALUE_MAX_BYTES) return tooLong
  const text = textOf(value)
  if (text === undefined)
    return `The value of ${shown(name)} is not UTF-8 text: encode it first, in base64 for example.`
  if (text.includes('\0')) return `The value of ${shown(name)} has a NUL byte, where the system would cut it off.`
  return null
}

/** Of everything that one call sets, or of a set as it would become. */
export const envVariablesProblem = (variables: readonly NewEnvVariable[]): string | null => {
  if (variables.length > ENV_SET_MAX_VARIABLES) return tooManyVariables
  const names = new Set<string>()
  let bytes = 0
  for (const { name, value } of variables) {
    const problem = envNameProblem(name) ?? envValueProblem(name, value)
    if (problem !== null) return problem
    if (names.has(name)) return `The variable ${shown(name)} is given twice.`
    names.add(name)
    bytes += name.length + byteLengthOf(value) + 2
  }
  if (bytes > ENV_SET_MAX_BYTES) return `An env set has at most ${ENV_SET_MAX_BYTES / 1024} KiB in all.`
  return null
}

/** Which of the names need an explicit yes, and why. */
export const unsafeNamesProblem = (names: readonly string[]): string | null => {
  for (const name of names) {
    const reason = unsafeNameReason(name)
    if (reason !== null) return `${name} ${reason}. If that is what you want, allow unsafe names (--allow-unsafe-name).`
  }
  return null
}

/** False: too short to be masked in the output of sessions, and whoever sets it must be told. White space around it does not count. */
export const isMaskedInOutput = (value: EnvValue): boolean =>
  [...(textOf(value) ?? '').trim()].length >= MASKED_MIN_CHARACTERS

/** Up to 15 letters: 16 of them are what mail providers give out as app passwords. */
const everyday = /^(?:[a-z]{6,15}|[0-9]{6,9})$/

/**
 * True: masked, and so common that its mask will be all over output that has nothing to do with it, `production` or `localhost`. Only a reason to warn: nobody but its
 * owner knows what is a secret.
 */
export const isPlainSetting = (value: EnvValue): boolean => everyday.test((textOf(value) ?? '').trim())
