import type { createEnvSetInput } from '@sallyport/contract/env-set'
import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { z } from 'zod'
import type { Clock } from '../../api-dependencies.ts'
import type { EnvSetCall } from './call.ts'
import type { StoredSet } from './env-set.store.ts'
import { described, namesOf } from './env-set-view.ts'
import { requireRoomForSet, requireRoomInSet } from './require-room.ts'
import { sealVariables } from './seal-variables.ts'
import type { Vault } from './vault.ts'

export interface CreateDeps {
  readonly vault: Pick<Vault, 'change'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** `envSet.create`. @throws AppError `conflict`, `too_large`, `at_capacity`, `locked` */
export const createEnvSet = (
  { vault, clock, random }: CreateDeps,
  { name, variables }: z.output<typeof createEnvSetInput>,
  { audit }: EnvSetCall,
): Promise<StoredSet> => {
  audit.describe({ target: described(name, namesOf(variables)) })
  return vault.change(async (tables, values) => {
    requireRoomForSet(await tables.ids())
    const at = clock.now()
    const set = { id: newId(random, ID_ALPHABET, ID_LENGTH), name, createdAt: at, changedAt: at, variables: [] }
    const rows = sealVariables(values, { set, variables, at })
    requireRoomInSet(rows)
    await tables.insert(set)
    await tables.putVariables(set.id, rows)
    return tables.find(set.id)
  })
}
