import type { Environment } from '../config/environment.ts'
import { createFileSource } from './file-source.ts'
import { createGivenSource, findGivenKey } from './given-source.ts'
import type { KeySource, PassphraseLock } from './key-source.ts'
import { createKeyringSource } from './keyring-source.ts'
import { createPassphraseLock } from './passphrase-source.ts'

export interface SourceOptions {
  readonly configDir: string
  readonly installId: string
  readonly environment: Environment
  /** `env_sets.master_key`. */
  readonly configured: 'file' | 'keyring' | 'passphrase'
}

/** The one place that counts, in the order of E2. */
export const masterKeySource = async (o: SourceOptions): Promise<KeySource | PassphraseLock> => {
  const given = await findGivenKey(o.environment)
  if (given !== undefined) return createGivenSource(given, o.installId)
  if (o.configured === 'keyring') return createKeyringSource(o)
  if (o.configured === 'passphrase') return createPassphraseLock(o.configDir, o.installId)
  return createFileSource(o.configDir, o.installId)
}
