import type { revealEnvVariableInput, revealedEnvVariable } from '@sallyport/contract/env-set'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { EnvSetCall } from './call.ts'
import { shown } from './find-env-set.ts'
import type { Vault } from './vault.ts'

/** `envSet.reveal` (A11, E3): the one way out for a value but a session. @throws AppError `not_found`, `locked`, `integrity` */
export const revealVariable = (
  { vault }: { readonly vault: Pick<Vault, 'open'> },
  { envSet, name }: z.output<typeof revealEnvVariableInput>,
  { audit }: EnvSetCall,
): Promise<z.input<typeof revealedEnvVariable>> =>
  vault.open(async (tables, values) => {
    const set = await tables.findSealed(envSet)
    const variable = set.variables.find((one) => one.name === name)
    if (variable === undefined) throw new AppError('not_found', `The env set ${set.name} has no ${shown(name)}.`)
    // The row first: a value that left the daemon is in the log, or it did not leave (L3).
    await audit.commit({ target: `${set.name}: ${name}` })
    const value = values.open(set, variable)
    try {
      return { name, version: variable.version, value: value.toString() }
    } finally {
      value.fill(0)
    }
  })
