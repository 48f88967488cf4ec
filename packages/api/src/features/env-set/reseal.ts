import type { SealedVariable, SetRow, StoredSet } from './env-set.store.ts'
import type { SealedValues } from './sealed-values.ts'

/** The same values, versions and times, sealed for `to` under the current key. @throws AppError `integrity` */
export const reseal = (values: SealedValues, from: StoredSet<SealedVariable>, to: SetRow): SealedVariable[] =>
  from.variables.map((variable) => {
    const value = values.open(from, variable)
    try {
      return { ...variable, ...values.seal(to, variable, value) }
    } finally {
      value.fill(0)
    }
  })
