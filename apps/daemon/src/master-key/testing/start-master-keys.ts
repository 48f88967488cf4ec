import type { Log, MasterKeys } from '@sallyport/api/api-dependencies'
import { Secret } from '@sallyport/crypto/secret'
import { expect } from 'vitest'
import type { KeySource, PassphraseLock } from '../key-source.ts'
import { createMasterKeys } from '../master-keys.ts'

export const otherInstallId = 'b'.repeat(32)

/** All that was logged, as text. */
export interface TestLog extends Log {
  readonly lines: string[]
}
export const createTestLog = (): TestLog => {
  const lines: string[] = []
  const note = (message: string, fields: object = {}): void =>
    void lines.push(`${message} ${JSON.stringify(fields)} ${Object.values(fields).map(String).join(' ')}`)
  return { lines, info: note, warn: note, error: note }
}

/** The master keys over a source, as a daemon has them after its start: the source has been read. */
export const startMasterKeys = async (
  source: KeySource | PassphraseLock,
  { now = () => 0, log = createTestLog() }: { readonly now?: () => number; readonly log?: Log } = {},
): Promise<MasterKeys> => {
  const it = createMasterKeys({ source, clock: { now }, log })
  // In turn behind the first reading, and refused: neither changes anything.
  const wait = 'unlock' in source ? it.keyring(false) : it.unlock(new Secret(''))
  await expect(wait).rejects.toThrow()
  return it
}
