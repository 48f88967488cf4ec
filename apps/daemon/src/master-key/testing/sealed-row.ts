import { randomBytes } from 'node:crypto'
import { openEnvValue, sealEnvValue } from '@sallyport/crypto/env-value'
import type { Keyring } from '@sallyport/crypto/keyring'

export const installId = 'a'.repeat(32)

/** A value as it stands in a database. */
export interface Row {
  readonly keyId: string
  /** Base64. */
  readonly sealed: string
}
const place = (version: number) => ({ installId, envSetId: 'es_1', name: 'TOKEN', version })

/** As the api seals a value. */
export const sealValue = (keyring: Keyring, value: string, version = 1): Row => {
  const keyId = keyring.keyId(1)
  const sealed = sealEnvValue({ keyring, keyId, place: place(version), value: Buffer.from(value), random: randomBytes })
  return { keyId, sealed: Buffer.from(sealed).toString('base64') }
}
export const openValue = (keyring: Keyring, { keyId, sealed }: Row, version = 1): string =>
  Buffer.from(openEnvValue({ keyring, keyId, place: place(version), sealed: Buffer.from(sealed, 'base64') })).toString()
