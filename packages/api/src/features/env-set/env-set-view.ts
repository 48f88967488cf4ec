import type { EnvSet } from '@sallyport/contract/env-set'
import { ENV_VALUE_MASK } from '@sallyport/contract/env-set-rules'
import { unsafeNameReason } from '@sallyport/contract/env-set-unsafe-names'
import type { StoredSet } from './env-set.store.ts'

/** As it crosses the wire: masks, never values. */
export const envSetView = ({ id, name, createdAt, changedAt, variables }: StoredSet, liveSessions: number): EnvSet => ({
  id,
  name,
  createdAt: iso(createdAt),
  changedAt: iso(changedAt),
  variables: variables.map((variable) => ({
    name: variable.name,
    mask: ENV_VALUE_MASK,
    version: variable.version,
    changedAt: iso(variable.changedAt),
    maskedInOutput: variable.maskedInOutput,
    unsafeReason: unsafeNameReason(variable.name),
  })),
  liveSessions,
})

const iso = (at: number): string => new Date(at).toISOString()

/** For the audit log: `prod: API_TOKEN, DATABASE_URL`. */
export const described = (set: string, names: readonly string[]): string =>
  names.length === 0 ? set : `${set}: ${names.join(', ')}`

export const namesOf = (variables: readonly { readonly name: string }[]): string[] => variables.map(({ name }) => name)
