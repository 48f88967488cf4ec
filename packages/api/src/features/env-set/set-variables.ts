import type { setEnvVariablesInput } from '@sallyport/contract/env-set'
import type { z } from 'zod'
import type { Clock } from '../../api-dependencies.ts'
import type { EnvSetCall } from './call.ts'
import type { StoredSet } from './env-set.store.ts'
import { described, namesOf } from './env-set-view.ts'
import { requireRoomInSet } from './require-room.ts'
import { sealVariables } from './seal-variables.ts'
import type { Vault } from './vault.ts'

/** `envSet.set`: adds and replaces, all or none. @throws AppError `not_found`, `too_large`, `locked` */
export const setVariables = (
  { vault, clock }: { readonly vault: Pick<Vault, 'change'>; readonly clock: Clock },
  { envSet, variables }: z.output<typeof setEnvVariablesInput>,
  { audit }: EnvSetCall,
): Promise<StoredSet> =>
  vault.change(async (tables, values) => {
    const set = await tables.find(envSet)
    const names = namesOf(variables)
    audit.describe({ target: described(set.name, names) })
    const at = clock.now()
    const rows = sealVariables(values, { set, variables, at })
    requireRoomInSet([...set.variables.filter(({ name }) => !names.includes(name)), ...rows])
    await tables.putVariables(set.id, rows)
    await tables.update(set.id, { changedAt: at })
    return tables.find(set.id)
  })
