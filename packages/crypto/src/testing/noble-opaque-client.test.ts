import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { server } from '@serenity-kit/opaque'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createServerSetup,
  finishServerLogin,
  isRegistrationRecord,
  opaqueReady,
  registerPassword,
  startServerLogin,
  startServerRegistration,
  verifyPassword,
} from '../opaque.ts'
import {
  argon2Stretch,
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKe1,
  generateKe3,
  identityStretch,
  scalarFrom,
} from './noble-opaque-client.ts'

const stretching = { memoryKib: 256, iterations: 2, parallelism: 2 }
const stretch = argon2Stretch(stretching)
const account = { subject: 'user-1', serverId: 'sallyport' }
const identities = { client: Buffer.from(account.subject), server: Buffer.from(account.serverId) }
const empty = new Uint8Array(0)
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const bytes = (message: string) => new Uint8Array(Buffer.from(message, 'base64url'))
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const fromHexText = (hex: string) => Buffer.from(hex, 'hex').toString()
const hex = (value: Uint8Array | undefined) => Buffer.from(value ?? empty).toString('hex')

let setup: string
beforeAll(async () => {
  await opaqueReady
  setup = createServerSetup()
})

const register = (password: string) => {
  const own = { password: Buffer.from(password), blind: scalarFrom(randomBytes(64)) }
  const request = text(createRegistrationRequest(own))
  const response = bytes(startServerRegistration({ setup, subject: account.subject, request }).response)
  return text(
    finalizeRegistrationRequest({ ...own, response, envelopeNonce: randomBytes(32), identities, stretch }).record,
  )
}

const signIn = (record: string | null, password: string, who = identities) => {
  const own = { password: Buffer.from(password), blind: scalarFrom(randomBytes(64)), keyshareSeed: randomBytes(32) }
  const ke1 = generateKe1({ ...own, clientNonce: randomBytes(32) })
  const { response, state } = startServerLogin({ ...account, setup, record, request: text(ke1) })
  const done = generateKe3({ ...own, ke1, ke2: bytes(response), identities: who, context: empty, stretch })
  return { done, result: done && finishServerLogin({ ...account, state, finish: text(done.ke3) }) }
}

describe('a second client, written from the RFC', () => {
  it('opens a record that the library registered, and both derive one key', () => {
    const record = registerPassword({ ...account, setup, password: 'pässwörd', stretching })
    const { done, result } = signIn(record, 'pässwörd')
    expect(result?.ok && result.sessionKey.reveal()).toBe(text(done?.sessionKey ?? empty))
    expect(done?.sessionKey).toHaveLength(64)
  })

  it('registers a record that the library opens', () => {
    const record = register('from noble')
    expect(isRegistrationRecord(record)).toBe(true)
    expect(verifyPassword({ ...account, setup, record, password: 'from noble', stretching })).toBe(true)
    expect(verifyPassword({ ...account, setup, record, password: 'from nobody', stretching })).toBe(false)
    expect(signIn(record, 'from noble').result?.ok).toBe(true)
  })

  it('is refused with a wrong password, identity or stretching, and for an unknown user', () => {
    const record = register('right')
    expect(signIn(record, 'wrong').done).toBeNull()
    expect(signIn(record, 'right', { ...identities, client: Buffer.from('user-2') }).done).toBeNull()
    expect(signIn(record, 'right', { ...identities, server: Buffer.from('other') }).done).toBeNull()
    expect(signIn(null, 'right').done).toBeNull()
    const slower = { ...stretching, iterations: 3 }
    expect(verifyPassword({ ...account, setup, record, password: 'right', stretching: slower })).toBe(false)
  })
})

describe('RFC 9807, appendix C', () => {
  const file = JSON.parse(readFileSync(new URL('../vectors/opaque-rfc9807.json', import.meta.url), 'utf8'))

  for (const v of file.vectors) {
    const who = { client: fromHex(v.client_identity), server: fromHex(v.server_identity) }
    const password = fromHex(v.password)
    const login = { password, blind: fromHex(v.blind_login), keyshareSeed: fromHex(v.client_keyshare_seed) }

    it(`${v.name}: the client registers and signs in byte for byte`, () => {
      const blind = fromHex(v.blind_registration)
      expect(hex(createRegistrationRequest({ password, blind }))).toBe(v.registration_request)
      const registered = finalizeRegistrationRequest({
        password,
        blind,
        response: fromHex(v.registration_response),
        envelopeNonce: fromHex(v.envelope_nonce),
        identities: who,
        stretch: identityStretch,
      })
      expect(hex(registered.record)).toBe(v.registration_upload)
      expect(hex(registered.exportKey)).toBe(v.export_key)
      expect(hex(registered.randomized)).toBe(v.randomized_password)

      const ke1 = generateKe1({ ...login, clientNonce: fromHex(v.client_nonce) })
      expect(hex(ke1)).toBe(v.KE1)
      const done = generateKe3({
        ...login,
        ke1,
        ke2: fromHex(v.KE2),
        identities: who,
        context: fromHex(file.context),
        stretch: identityStretch,
      })
      expect(hex(done?.handshakeSecret)).toBe(v.handshake_secret)
      expect(hex(done?.ke3)).toBe(v.KE3)
      expect(hex(done?.sessionKey)).toBe(v.session_key)
      expect(hex(done?.exportKey)).toBe(v.export_key)
    })
  }

  it("C.1.2: the library's server signs in the RFC's record, written by neither of the two", () => {
    const v = file.vectors[1]
    const own = { password: fromHex(v.password), blind: fromHex(v.blind_login), keyshareSeed: randomBytes(32) }
    const ke1 = generateKe1({ ...own, clientNonce: randomBytes(32) })
    const started = server.startLogin({
      // The library appends a public key for users that do not exist; any point will do.
      serverSetup: text(fromHex(v.oprf_seed + v.server_private_key + v.server_public_key)),
      registrationRecord: text(fromHex(v.registration_upload)),
      startLoginRequest: text(ke1),
      userIdentifier: fromHexText(v.credential_identifier),
      identifiers: { client: fromHexText(v.client_identity), server: fromHexText(v.server_identity) },
    })
    const done = generateKe3({
      ...own,
      ke1,
      ke2: bytes(started.loginResponse),
      identities: { client: fromHex(v.client_identity), server: fromHex(v.server_identity) },
      context: empty,
      stretch: identityStretch,
    })
    const { sessionKey } = server.finishLogin({
      serverLoginState: started.serverLoginState,
      finishLoginRequest: text(done?.ke3 ?? empty),
    })
    expect(sessionKey).toBe(text(done?.sessionKey ?? empty))
    expect(hex(done?.exportKey)).toBe(v.export_key)
  })
})
