import type { SpawnSecret } from '../../keeper-port.ts'
import type { UsedEnvSet } from './session-record.ts'

/** What this feature needs of env sets; `services.ts` hands it over. */
export interface SessionEnvSets {
  /**
   * By id or name; where two sets have a variable, the value of the later one. All or nothing.
   * @throws AppError `not_found`, `ambiguous`, `locked`, `integrity`
   */
  openForSession(refs: readonly string[]): Promise<OpenedEnvSets>
  /** When the row of the session is there. */
  used(setIds: readonly string[], sessionId: string): Promise<void>
}

interface OpenedEnvSets {
  readonly sets: readonly UsedEnvSet[]
  /** UTF-8, without NUL. */
  readonly variables: readonly { readonly name: string; readonly value: Buffer }[]
}

export interface GivenEnvSets {
  readonly sets: readonly UsedEnvSet[]
  readonly secrets: readonly SpawnSecret[]
}

/**
 * Opens the sets for the time of `work`, the start of one session. The buffers are wiped when it is over, however it ends; a spawn needs strings, and those are
 * left to the garbage collector (SECURITY.md says so).
 */
export const withEnvSets = async <T>(
  envSets: Pick<SessionEnvSets, 'openForSession'>,
  refs: readonly string[],
  work: (given: GivenEnvSets) => Promise<T>,
): Promise<T> => {
  // Without sets, nothing about a session depends on a master key.
  if (refs.length === 0) return work({ sets: [], secrets: [] })
  const { sets, variables } = await envSets.openForSession(refs)
  try {
    return await work({ sets, secrets: variables.map(({ name, value }) => ({ name, value: value.toString('utf8') })) })
  } finally {
    for (const { value } of variables) value.fill(0)
  }
}
