/**
 * A master key from a passphrase (SPEC E2, `sallyport unlock`): Argon2id (RFC 9106, version 0x13). Salt and cost are stored in clear, as one line:
 *
 *   passphrase-key/1$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt, base64 without padding>
 *
 * Guarantees: the same passphrase in any keyboard's spelling (NFKC) and the same line give the same key on every version; another line an unrelated one.
 * Does not: say whether a passphrase is right: compare the `masterKeyFingerprint` of what comes out. Make a weak passphrase strong: who has the line and
 * a fingerprint or a ciphertext tests guesses at Argon2id's price.
 * The caller: keeps the line as carefully as the ciphertext (without it nothing opens), wipes the key. Passphrases are strings, which nothing can wipe;
 * the bytes made of them here are. Runs in libuv's pool, so the event loop goes on.
 */
import type { KeyStretching } from './key-stretching.ts'
import { wipe } from './keyring.ts'
import type { RandomBytes } from './tokens.ts'

const KEY_BYTES = 32
const SALT_BYTES = 16
const ARGON2_VERSION = 0x13

/** RFC 9106, section 4, second choice. An unlock is one Argon2id a day: dearer than a sign-in may be. */
export const PASSPHRASE_STRETCHING: KeyStretching = { memoryKib: 65_536, iterations: 3, parallelism: 1 }
/** SPEC A2's default, the floor for new ones: OWASP's. */
const STRETCHING_MIN: KeyStretching = { memoryKib: 19_456, iterations: 2, parallelism: 1 }
/** A line that somebody edited must not take the machine's memory or an hour. */
const STRETCHING_MAX: KeyStretching = { memoryKib: 1024 * 1024, iterations: 100, parallelism: 16 }

const SETTINGS =
  /^passphrase-key\/1\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,4}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{22})$/

/** The stored line is damaged, from a newer version, or asks for more than a machine should give. */
export class PassphraseSettingsError extends Error {
  override readonly name = 'PassphraseSettingsError'
}

const isWithin = (value: KeyStretching, min: KeyStretching, max: KeyStretching): boolean =>
  (['memoryKib', 'iterations', 'parallelism'] as const).every(
    (part) => min[part] <= value[part] && value[part] <= max[part],
  )

/** @returns the line to store. @throws RangeError on a cost outside 19 MiB and 2 passes to 1 GiB and 100 */
export const newPassphraseSettings = (random: RandomBytes, stretching = PASSPHRASE_STRETCHING): string => {
  if (!isWithin(stretching, STRETCHING_MIN, STRETCHING_MAX))
    throw new RangeError('a passphrase is stretched more, or less')
  const salt = random(SALT_BYTES)
  if (salt.byteLength !== SALT_BYTES) throw new RangeError(`a salt needs ${SALT_BYTES} random bytes`)
  const { memoryKib, iterations, parallelism } = stretching
  const text = Buffer.from(salt).toString('base64').slice(0, 22)
  return `passphrase-key/1$argon2id$v=19$m=${memoryKib},t=${iterations},p=${parallelism}$${text}`
}

const parseSettings = (settings: string) => {
  const [, memoryKib, iterations, parallelism, salt = ''] = SETTINGS.exec(settings) ?? []
  const stretching = { memoryKib: Number(memoryKib), iterations: Number(iterations), parallelism: Number(parallelism) }
  // RFC 9106, section 3.1: at least 8 KiB per lane.
  const least = { memoryKib: 8 * stretching.parallelism, iterations: 1, parallelism: 1 }
  if (!isWithin(stretching, least, STRETCHING_MAX))
    throw new PassphraseSettingsError(
      'the stored settings of the passphrase are damaged or from a newer version of Sallyport',
    )
  return { stretching, salt: Buffer.from(salt, 'base64') }
}

/**
 * @param o.settings a line from `newPassphraseSettings`
 * @returns 32 bytes, to be wiped by the caller
 * @throws PassphraseSettingsError; RangeError on an empty passphrase
 */
export const derivePassphraseKey = async (o: {
  readonly passphrase: string
  readonly settings: string
}): Promise<Uint8Array> => {
  if (o.passphrase === '') throw new RangeError('a passphrase is not empty')
  const { stretching, salt } = parseSettings(o.settings)
  // Native code, loaded only where there is a passphrase.
  const { argon2id, hash } = await import('argon2')
  const typed = Buffer.from(o.passphrase.normalize('NFKC'))
  try {
    // Every parameter is named: the library's defaults differ between its releases, and a default that moves locks everything.
    const key = await hash(typed, {
      raw: true,
      type: argon2id,
      version: ARGON2_VERSION,
      hashLength: KEY_BYTES,
      salt,
      memoryCost: stretching.memoryKib,
      timeCost: stretching.iterations,
      parallelism: stretching.parallelism,
    })
    const copy = Uint8Array.from(key)
    wipe(key)
    return copy
  } finally {
    wipe(typed)
  }
}
