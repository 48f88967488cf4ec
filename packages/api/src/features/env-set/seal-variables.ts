import { type EnvValue, isMaskedInOutput, type NewEnvVariable } from '@sallyport/contract/env-set-rules'
import type { SealedVariable, StoredSet } from './env-set.store.ts'
import type { SealedValues } from './sealed-values.ts'

/** Rows of new values, which are zeroed here where they are bytes. A name that the set has already gets the next version. */
export const sealVariables = (
  values: SealedValues,
  {
    set,
    variables,
    at,
  }: { readonly set: StoredSet; readonly variables: readonly NewEnvVariable[]; readonly at: number },
): SealedVariable[] => {
  const versions = new Map(set.variables.map(({ name, version }) => [name, version]))
  return variables.map(({ name, value }) => {
    const version = (versions.get(name) ?? 0) + 1
    const maskedInOutput = isMaskedInOutput(value)
    const bytes = bytesOf(value)
    try {
      const sealed = values.seal(set, { name, version }, bytes)
      return { name, version, changedAt: at, bytes: bytes.byteLength, maskedInOutput, ...sealed }
    } finally {
      bytes.fill(0)
    }
  })
}

const bytesOf = (value: EnvValue): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value)
