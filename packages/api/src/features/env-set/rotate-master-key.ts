import type { envSetRotation } from '@sallyport/contract/env-set'
import type { z } from 'zod'
import type { EnvSetCall } from './call.ts'
import { reseal } from './reseal.ts'
import type { Vault } from './vault.ts'

/** `envSet.rotate` (E6): every value under a new key, in one transaction; one that does not open leaves all as they were. @throws AppError `locked`, `integrity` */
export const rotateMasterKey = async (
  { vault }: { readonly vault: Pick<Vault, 'rotate'> },
  { audit }: EnvSetCall,
): Promise<z.input<typeof envSetRotation>> => {
  // The row first: the source of the key is changed as well, and no database can take that back (L3).
  await audit.commit({ target: 'master key' })
  return vault.rotate(async (tables, values) => {
    const ids = await tables.ids()
    let variables = 0
    for (const id of ids) {
      const set = await tables.findSealed(id)
      const rows = reseal(values, set, set)
      await tables.putVariables(id, rows)
      variables += rows.length
    }
    return { keyId: values.keyId, envSets: ids.length, variables }
  })
}
