import type { EnvSet, EnvSetStatus } from '@sallyport/contract/env-set'

export const variablesWords = (count: number): string => {
  if (count === 0) return 'no variables'
  return count === 1 ? '1 variable' : `${count} variables`
}

export const liveWords = (liveSessions: number): string => {
  if (liveSessions === 0) return 'not in use'
  return liveSessions === 1 ? 'in use by 1 session' : `in use by ${liveSessions} sessions`
}

/** After a change: sessions that run keep what they were started with. */
export const savedWords = (what: string, liveSessions: number): string =>
  liveSessions === 0 ? what : `${what} Sessions that run keep the old values until they are started again.`

export interface LockedWords {
  readonly title: string
  /** Run in a terminal on the machine; null where no command helps by itself. */
  readonly command: string | null
}

/** What stands beside the daemon's own sentence. */
export const lockedWords = ({ reason }: Pick<Extract<EnvSetStatus, { state: 'locked' }>, 'reason'>): LockedWords => {
  switch (reason) {
    case 'passphrase':
      return { title: 'The master key needs its passphrase', command: 'sallyport unlock' }
    case 'missing':
      return { title: 'The master key is missing', command: null }
    case 'wrong':
      return { title: 'This is not the master key that sealed the values', command: null }
  }
}

/** Names that several of the sets have: the last set that has one gives the value. In the order of the sets. */
export const overlaps = (chosen: readonly Pick<EnvSet, 'name' | 'variables'>[]): readonly string[] => {
  const givenBy = new Map<string, string[]>()
  for (const set of chosen) {
    for (const { name } of set.variables) givenBy.set(name, [...(givenBy.get(name) ?? []), set.name])
  }
  return [...givenBy].flatMap(([name, sets]) => (sets.length > 1 ? [`${name} comes from ${sets.at(-1)}`] : []))
}
