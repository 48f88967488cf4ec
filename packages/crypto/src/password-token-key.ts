/**
 * The token key of modes `password` and `ephemeral` (SPEC A8): Argon2id (RFC 9106, version 0x13) of the password, so that sign-ins survive a restart
 * with the same password on the same install, and no other, while nothing that verifies the password is on disk.
 *
 * Guarantees: another password, machine, host name, user or data dir gives an unrelated key; the parts cannot be shifted into each other.
 * Does not: make a weak password strong: a stolen database with a token's hash AND the token lets its thief test guesses at Argon2id's price.
 * The caller: keeps password and key in memory only, resolves the real path of the data dir, uses the same stretching at each start (another one signs
 * everyone out). Runs in libuv's pool, so the event loop goes on. The password is normalised here (NFKC, harmless twice).
 */
import { createHash } from 'node:crypto'
import type { KeyStretching } from './key-stretching.ts'

const KEY_BYTES = 32
const ARGON2_VERSION = 0x13

export type InstallSalt =
  | { readonly machineId: string; readonly hostname: string; readonly uid: number; readonly dataDir: string }
  | { readonly installId: string }

/** SHA-256 over a label and the parts, each as its length in bytes (u32, big endian) and its UTF-8. Also the salt's published form: the vectors hold it. */
const saltOf = (salt: InstallSalt): Buffer => {
  const parts =
    'installId' in salt
      ? ['install-id', salt.installId]
      : ['machine', salt.machineId, salt.hostname, String(salt.uid), salt.dataDir]
  const hash = createHash('sha256')
  for (const part of ['sallyport/password-token-key/1', ...parts]) {
    const bytes = Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.byteLength)
    hash.update(length).update(bytes)
  }
  return hash.digest()
}

/** @returns 32 bytes, for `tokenHash`. Throws what argon2 throws on parameters outside RFC 9106. */
export const deriveTokenKeyFromPassword = async (o: {
  readonly password: string
  readonly salt: InstallSalt
  readonly stretching: KeyStretching
}): Promise<Uint8Array> => {
  // Native code, loaded only in the modes that need it.
  const { argon2id, hash } = await import('argon2')
  // Every parameter is named: the library's defaults differ between its releases, and a default that moves signs everyone out.
  const key = await hash(Buffer.from(o.password.normalize('NFKC')), {
    raw: true,
    type: argon2id,
    version: ARGON2_VERSION,
    hashLength: KEY_BYTES,
    salt: saltOf(o.salt),
    memoryCost: o.stretching.memoryKib,
    timeCost: o.stretching.iterations,
    parallelism: o.stretching.parallelism,
  })
  return new Uint8Array(key)
}
