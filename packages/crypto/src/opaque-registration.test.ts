import { readFileSync } from 'node:fs'
import { client, server } from '@serenity-kit/opaque'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createServerSetup,
  isRegistrationRecord,
  opaqueReady,
  registerPassword,
  startServerRegistration,
  verifyPassword,
} from './opaque.ts'

const stretching = { memoryKib: 64, iterations: 1, parallelism: 1 }
const keyStretching = { 'argon2id-custom': { memory: 64, iterations: 1, parallelism: 1 } }
const account = { subject: 'user-1', serverId: 'sallyport' }
const password = 'correct horse battery'
const bytes = (text: string) => Buffer.from(text, 'base64url')

let setup: string
let record: string

beforeAll(async () => {
  await opaqueReady
  setup = createServerSetup()
  record = registerPassword({ ...account, setup, password, stretching })
})

describe('a registration record', () => {
  it('is recognised by shape, length and a client key that is a point', () => {
    expect(isRegistrationRecord(record)).toBe(true)
    expect(record).toHaveLength(256)
    for (const text of [
      '',
      record.slice(4),
      `${record}AAAA`,
      `${record.slice(0, -1)}=`,
      'A'.repeat(256),
      '_'.repeat(256),
    ])
      expect(isRegistrationRecord(text)).toBe(false)
    const key = Buffer.concat([Buffer.alloc(32), bytes(record).subarray(32)]).toString('base64url')
    expect(isRegistrationRecord(key)).toBe(false)
  })

  it('from the browser is used as it is', () => {
    const { clientRegistrationState, registrationRequest } = client.startRegistration({ password: 'from the browser' })
    const { response } = startServerRegistration({ setup, subject: account.subject, request: registrationRequest })
    const { registrationRecord } = client.finishRegistration({
      clientRegistrationState,
      registrationResponse: response,
      password: 'from the browser',
      identifiers: { client: account.subject, server: account.serverId },
      keyStretching,
    })
    expect(isRegistrationRecord(registrationRecord)).toBe(true)
    const own = { ...account, setup, record: registrationRecord, stretching }
    expect(verifyPassword({ ...own, password: 'from the browser' })).toBe(true)
    expect(verifyPassword({ ...own, password })).toBe(false)
  })

  it('differs each time, also for the same password', () => {
    expect(registerPassword({ ...account, setup, password, stretching })).not.toBe(record)
  })

  it('is opened by the password in any spelling of its characters', () => {
    const composed = registerPassword({ ...account, setup, password: 'caf\u00e9 \uff21\ufb01', stretching })
    const open = (text: string) => verifyPassword({ ...account, setup, record: composed, stretching, password: text })
    expect(open('cafe\u0301 Afi')).toBe(true)
    expect(open('cafe Afi')).toBe(false)
  })
})

describe('the library against RFC 9807', () => {
  const { vectors } = JSON.parse(readFileSync(new URL('./vectors/opaque-rfc9807.json', import.meta.url), 'utf8'))
  const text = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')

  it('answers a registration as appendix C says', () => {
    for (const v of vectors) {
      const rfcSetup = text(v.oprf_seed + v.server_private_key + v.server_public_key)
      expect(server.getPublicKey(rfcSetup)).toBe(text(v.server_public_key))
      const { response } = startServerRegistration({
        setup: rfcSetup,
        subject: Buffer.from(v.credential_identifier, 'hex').toString(),
        request: text(v.registration_request),
      })
      expect(response).toBe(text(v.registration_response))
      expect(isRegistrationRecord(text(v.registration_upload))).toBe(true)
    }
  })
})
