import type { renameEnvSetInput } from '@sallyport/contract/env-set'
import type { z } from 'zod'
import type { Clock } from '../../api-dependencies.ts'
import type { EnvSetCall } from './call.ts'
import type { StoredSet } from './env-set.store.ts'
import { reseal } from './reseal.ts'
import type { Vault } from './vault.ts'

/** `envSet.rename`. The name is bound to the values, so they are sealed anew. @throws AppError `not_found`, `conflict`, `locked`, `integrity` */
export const renameEnvSet = (
  { vault, clock }: { readonly vault: Pick<Vault, 'change'>; readonly clock: Clock },
  { envSet, name }: z.output<typeof renameEnvSetInput>,
  { audit }: EnvSetCall,
): Promise<StoredSet> =>
  vault.change(async (tables, values) => {
    const set = await tables.findSealed(envSet)
    audit.describe({ target: `${set.name} to ${name}` })
    if (set.name === name) return set
    await tables.update(set.id, { name, changedAt: clock.now() })
    await tables.putVariables(set.id, reseal(values, set, { ...set, name }))
    return tables.find(set.id)
  })
