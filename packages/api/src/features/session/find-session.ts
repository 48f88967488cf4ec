import { ID_LENGTH } from '@sallyport/contract/ids'
import { isLive } from '@sallyport/contract/session-state'
import { AppError } from '../../errors.ts'
import type { SessionEntry } from './session-record.ts'

/** Shorter prefixes match by accident, and a name of three letters is not an id. */
const MIN_PREFIX_LENGTH = 4
const MAX_LISTED = 8

/**
 * SPEC K1: an id, the name of a live session, the name of the one that ended last, or a unique prefix of an id.
 * @throws AppError `not_found` or `ambiguous`
 */
export const findSession = (entries: ReadonlyMap<string, SessionEntry>, ref: string): SessionEntry => {
  const found = entries.get(ref) ?? byName(entries, ref)
  if (found !== undefined) return found

  const candidates = ref.length < MIN_PREFIX_LENGTH ? [] : withPrefix(entries, ref)
  const [only] = candidates
  if (only === undefined) throw new AppError('not_found', `There is no session ${shown(ref)}.`)
  if (candidates.length > 1) throw new AppError('ambiguous', `${ref} could be ${listed(candidates)}.`)
  return only
}

const byName = (entries: ReadonlyMap<string, SessionEntry>, name: string): SessionEntry | undefined => {
  let lastEnded: SessionEntry | undefined
  for (const entry of entries.values()) {
    if (entry.name !== name) continue
    if (isLive(entry.state)) return entry
    if (lastEnded === undefined || endOf(entry) >= endOf(lastEnded)) lastEnded = entry
  }
  return lastEnded
}

const endOf = (entry: SessionEntry): number => entry.endedAt ?? entry.createdAt

const withPrefix = (entries: ReadonlyMap<string, SessionEntry>, prefix: string): SessionEntry[] =>
  prefix.length >= ID_LENGTH ? [] : [...entries.values()].filter(({ id }) => id.startsWith(prefix))

const listed = (candidates: readonly SessionEntry[]): string => {
  const names = candidates.slice(0, MAX_LISTED).map(({ id, name }) => `${id} (${name})`)
  return names.join(', ') + (candidates.length > MAX_LISTED ? ` and ${candidates.length - MAX_LISTED} more` : '')
}

/** The message ends up in terminals: what was typed may hold control characters. */
const shown = (ref: string): string => ref.replace(/[^\x20-\x7e]/g, '?')
