import type { unsetEnvVariablesInput } from '@sallyport/contract/env-set'
import type { z } from 'zod'
import type { Clock } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { EnvSetCall } from './call.ts'
import type { EnvSetStore, StoredSet } from './env-set.store.ts'
import { described, namesOf } from './env-set-view.ts'
import { shown } from './find-env-set.ts'

/** `envSet.unset`, all or none; it needs no key. @throws AppError `not_found` */
export const unsetVariables = (
  { store, clock }: { readonly store: EnvSetStore; readonly clock: Clock },
  { envSet, names }: z.output<typeof unsetEnvVariablesInput>,
  { audit }: EnvSetCall,
): Promise<StoredSet> =>
  store.transaction(async (tables) => {
    const set = await tables.find(envSet)
    const present = namesOf(set.variables)
    // Names that are there: what is not may be anything, a value typed in the wrong place included, and the log is for ever.
    audit.describe({
      target: described(
        set.name,
        present.filter((name) => names.includes(name)),
      ),
    })
    const missing = names.filter((name) => !present.includes(name))
    if (missing.length > 0) {
      throw new AppError('not_found', `The env set ${set.name} has no ${missing.map(shown).join(', ')}.`)
    }
    await tables.removeVariables(set.id, names)
    await tables.update(set.id, { changedAt: clock.now() })
    return tables.find(set.id)
  })
