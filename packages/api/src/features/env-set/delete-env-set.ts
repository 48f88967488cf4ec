import type { deleteEnvSetInput } from '@sallyport/contract/env-set'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { EnvSetCall } from './call.ts'
import type { EnvSetStore } from './env-set.store.ts'
import { described, namesOf } from './env-set-view.ts'
import type { Usage } from './usage.ts'

const MAX_LISTED = 8

/** `envSet.delete`; it needs no key. @throws AppError `not_found`, and `conflict` naming the live sessions that were started with it, without `evenIfInUse` */
export const deleteEnvSet = async (
  { store, usage }: { readonly store: EnvSetStore; readonly usage: Usage },
  { envSet, evenIfInUse }: z.output<typeof deleteEnvSetInput>,
  { audit }: EnvSetCall,
): Promise<{ id: string }> => {
  const tables = await store.read()
  const { id, name, variables } = await tables.find(envSet)
  audit.describe({ target: described(name, namesOf(variables)) })
  const live = (await usage.of(id)).filter((session) => session.live)
  if (live.length > 0 && !evenIfInUse) throw new AppError('conflict', inUse(name, namesOf(live)))
  await tables.remove(id)
  return { id }
}

const inUse = (set: string, sessions: readonly string[]): string => {
  const more = sessions.length > MAX_LISTED ? ` and ${sessions.length - MAX_LISTED} more` : ''
  const listed = sessions.slice(0, MAX_LISTED).join(', ') + more
  return `The env set ${set} is in use by ${listed}. What runs keeps its values until it ends: delete the set all the same with force.`
}
