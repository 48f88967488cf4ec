/**
 * A second OPAQUE client, for the tests only: written from RFC 9807 on the primitives of @noble, it shares no code with the library that the product uses.
 * What both agree on is the RFC, and not one implementation's habit.
 *
 * Suite: ristretto255-SHA512, HKDF- and HMAC-SHA-512, 3DH, a stretching function of the caller's. Names are the RFC's. Randomness is an argument, so that the RFC's
 * vectors can be replayed. Not constant-time, and pure JavaScript: never for real passwords.
 */
import { ristretto255, ristretto255_hasher, ristretto255_oprf } from '@noble/curves/ed25519.js'
import { concatBytes, numberToBytesLE } from '@noble/curves/utils.js'
import { argon2id } from '@noble/hashes/argon2.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { KeyStretching } from '../key-stretching.ts'

const { Point } = ristretto255
const { oprf } = ristretto255_oprf

type Bytes = Uint8Array
export type Stretch = (input: Bytes) => Bytes
export interface Identities {
  readonly client: Bytes
  readonly server: Bytes
}

const ascii = (text: string): Bytes => new TextEncoder().encode(text)
const u16 = (value: number): Bytes => Uint8Array.of(value >> 8, value & 255)
const prefixed = (bytes: Bytes): Bytes => concatBytes(u16(bytes.length), bytes)
const equal = (a: Bytes, b: Bytes) => Buffer.compare(a, b) === 0
const xor = (a: Bytes, b: Bytes): Bytes => a.map((byte, at) => byte ^ (b[at] ?? 0))
const multiply = (point: Bytes, scalar: Bytes): Bytes =>
  Point.fromBytes(point).multiply(Point.Fn.fromBytes(scalar)).toBytes()

/** opaque-ke's `Ksf` for Argon2: a salt of 16 zero bytes (the salting is the OPRF's work), as long as its input. */
export const argon2Stretch =
  ({ memoryKib, iterations, parallelism }: KeyStretching): Stretch =>
  (input) =>
    argon2id(input, new Uint8Array(16), {
      m: memoryKib,
      t: iterations,
      p: parallelism,
      version: 0x13,
      dkLen: input.length,
    })

/** The KSF of the RFC's vectors. */
export const identityStretch: Stretch = (input) => input

/** 64 random bytes to a scalar of 32, little endian. */
export const scalarFrom = (random: Bytes): Bytes =>
  numberToBytesLE(ristretto255_hasher.hashToScalar(random, { DST: 'test' }), 32)

/** RFC 9497, section 3.3.1: Blind. */
const blinded = (password: Bytes, blind: Bytes): Bytes => {
  const DST = concatBytes(ascii('HashToGroup-OPRFV1-'), Uint8Array.of(0), ascii('-ristretto255-SHA512'))
  return ristretto255_hasher.hashToCurve(password, { DST }).multiply(Point.Fn.fromBytes(blind)).toBytes()
}

/** Section 2.2: DeriveDiffieHellmanKeyPair. */
const deriveDiffieHellmanKeyPair = (seed: Bytes) => {
  const { secretKey, publicKey } = oprf.deriveKeyPair(seed, ascii('OPAQUE-DeriveDiffieHellmanKeyPair'))
  return { privateKey: secretKey, publicKey }
}

const randomizedPassword = (password: Bytes, blind: Bytes, evaluated: Bytes, stretch: Stretch): Bytes => {
  const output = oprf.finalize(password, blind, evaluated)
  return extract(sha512, concatBytes(output, stretch(output)), new Uint8Array(0))
}

/** Sections 4.1.2 and 4.1.3: what Store writes and Recover recomputes. */
const envelopeFor = (randomized: Bytes, nonce: Bytes, serverPublicKey: Bytes, identities: Identities) => {
  const derive = (label: string, length: number) => expand(sha512, randomized, concatBytes(nonce, ascii(label)), length)
  const client = deriveDiffieHellmanKeyPair(derive('PrivateKey', 32))
  const cleartext = concatBytes(serverPublicKey, prefixed(identities.server), prefixed(identities.client))
  const tag = hmac(sha512, derive('AuthKey', 64), concatBytes(nonce, cleartext))
  return { client, envelope: concatBytes(nonce, tag), exportKey: derive('ExportKey', 64) }
}

const maskingKey = (randomized: Bytes) => expand(sha512, randomized, ascii('MaskingKey'), 64)

/** Section 5.2.1. */
export const createRegistrationRequest = (o: { readonly password: Bytes; readonly blind: Bytes }): Bytes =>
  blinded(o.password, o.blind)

/** Section 5.2.3. @param o.response evaluated element (32), server public key (32) */
export const finalizeRegistrationRequest = (o: {
  readonly password: Bytes
  readonly blind: Bytes
  readonly response: Bytes
  readonly envelopeNonce: Bytes
  readonly identities: Identities
  readonly stretch: Stretch
}) => {
  const serverPublicKey = o.response.subarray(32)
  const randomized = randomizedPassword(o.password, o.blind, o.response.subarray(0, 32), o.stretch)
  const { client, envelope, exportKey } = envelopeFor(randomized, o.envelopeNonce, serverPublicKey, o.identities)
  return { record: concatBytes(client.publicKey, maskingKey(randomized), envelope), exportKey, randomized }
}

/** Section 6.2.1: GenerateKE1. */
export const generateKe1 = (o: {
  readonly password: Bytes
  readonly blind: Bytes
  readonly clientNonce: Bytes
  readonly keyshareSeed: Bytes
}): Bytes =>
  concatBytes(blinded(o.password, o.blind), o.clientNonce, deriveDiffieHellmanKeyPair(o.keyshareSeed).publicKey)

const parseKe2 = (ke2: Bytes) => ({
  evaluated: ke2.subarray(0, 32),
  maskingNonce: ke2.subarray(32, 64),
  maskedResponse: ke2.subarray(64, 192),
  serverKeyshare: ke2.subarray(224, 256),
  beforeMac: ke2.subarray(0, 256),
  serverMac: ke2.subarray(256, 320),
})

/** Section 6.4.2: Derive-Secret, HKDF-Expand-Label with the prefix "OPAQUE-". */
const deriveSecret = (secret: Bytes, label: string, transcriptHash: Bytes): Bytes => {
  const full = ascii(`OPAQUE-${label}`)
  const info = concatBytes(
    u16(64),
    Uint8Array.of(full.length),
    full,
    Uint8Array.of(transcriptHash.length),
    transcriptHash,
  )
  return expand(sha512, secret, info, 64)
}

/**
 * Sections 6.2.3 and 6.4.3: GenerateKE3.
 * @param o.context empty in the product: the library offers none
 * @returns null where the envelope or the server's MAC does not fit: wrong password, wrong identity, or no server that knows the record
 */
export const generateKe3 = (o: {
  readonly password: Bytes
  readonly blind: Bytes
  readonly keyshareSeed: Bytes
  readonly ke1: Bytes
  readonly ke2: Bytes
  readonly identities: Identities
  readonly context: Bytes
  readonly stretch: Stretch
}) => {
  const answer = parseKe2(o.ke2)
  const randomized = randomizedPassword(o.password, o.blind, answer.evaluated, o.stretch)
  const padInfo = concatBytes(answer.maskingNonce, ascii('CredentialResponsePad'))
  const unmasked = xor(expand(sha512, maskingKey(randomized), padInfo, 128), answer.maskedResponse)
  const serverPublicKey = unmasked.subarray(0, 32)
  const recovered = envelopeFor(randomized, unmasked.subarray(32, 64), serverPublicKey, o.identities)
  if (!equal(recovered.envelope, unmasked.subarray(32))) return null

  const secret = deriveDiffieHellmanKeyPair(o.keyshareSeed).privateKey
  const sharedSecrets = concatBytes(
    multiply(answer.serverKeyshare, secret),
    multiply(serverPublicKey, secret),
    multiply(answer.serverKeyshare, recovered.client.privateKey),
  )
  const preamble = concatBytes(
    ascii('OPAQUEv1-'),
    prefixed(o.context),
    prefixed(o.identities.client),
    o.ke1,
    prefixed(o.identities.server),
    answer.beforeMac,
  )
  const pseudorandom = extract(sha512, sharedSecrets, new Uint8Array(0))
  const handshakeSecret = deriveSecret(pseudorandom, 'HandshakeSecret', sha512(preamble))
  const macWith = (label: string, message: Bytes) =>
    hmac(sha512, deriveSecret(handshakeSecret, label, new Uint8Array(0)), sha512(message))
  if (!equal(macWith('ServerMAC', preamble), answer.serverMac)) return null
  return {
    ke3: macWith('ClientMAC', concatBytes(preamble, answer.serverMac)),
    sessionKey: deriveSecret(pseudorandom, 'SessionKey', sha512(preamble)),
    exportKey: recovered.exportKey,
    handshakeSecret,
  }
}
