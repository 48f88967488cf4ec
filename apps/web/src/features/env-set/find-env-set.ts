import type { EnvSet } from '@sallyport/contract/env-set'

/** As the daemon's: shorter ones fit by accident. */
const MIN_PREFIX_LENGTH = 4

/** What the end of an address may be: an id, a name, or the only id that begins so. */
export const findEnvSet = <Set extends Pick<EnvSet, 'id' | 'name'>>(
  sets: readonly Set[],
  ref: string,
): Set | undefined => {
  const found = sets.find(({ id }) => id === ref) ?? sets.find(({ name }) => name === ref)
  if (found !== undefined || ref.length < MIN_PREFIX_LENGTH) return found
  const [only, ...others] = sets.filter(({ id }) => id.startsWith(ref))
  return others.length === 0 ? only : undefined
}
