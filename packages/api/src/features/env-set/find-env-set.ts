import { AppError } from '../../errors.ts'

/** As for sessions: shorter ones fit by accident. */
const MIN_PREFIX_LENGTH = 4
const MAX_LISTED = 8

/** An id, a name, or a unique prefix of an id. @throws AppError `not_found` or `ambiguous` */
export const findEnvSet = <Set extends { readonly id: string; readonly name: string }>(
  sets: readonly Set[],
  ref: string,
): Set => {
  const found = sets.find(({ id }) => id === ref) ?? sets.find(({ name }) => name === ref)
  if (found !== undefined) return found

  const candidates = ref.length < MIN_PREFIX_LENGTH ? [] : sets.filter(({ id }) => id.startsWith(ref))
  const [only] = candidates
  if (only === undefined) throw new AppError('not_found', `There is no env set ${shown(ref)}.`)
  if (candidates.length > 1) {
    const listed = candidates.slice(0, MAX_LISTED).map(({ id, name }) => `${id} (${name})`)
    throw new AppError('ambiguous', `${ref} could be ${listed.join(', ')}.`)
  }
  return only
}

/** The message ends up in terminals: what was typed may hold control characters. */
export const shown = (typed: string): string => typed.replace(/[^\x20-\x7e]/g, '?')
