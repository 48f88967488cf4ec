import { randomBytes } from 'node:crypto'
import { client } from '@serenity-kit/opaque'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createServerSetup,
  finishServerLogin,
  OpaqueMessageError,
  opaqueReady,
  registerPassword,
  startServerLogin,
  startServerRegistration,
  verifyPassword,
} from './opaque.ts'
import type { Secret } from './secret.ts'

const stretching = { memoryKib: 64, iterations: 1, parallelism: 1 }
const keyStretching = { 'argon2id-custom': { memory: 64, iterations: 1, parallelism: 1 } }
const account = { subject: 'user-1', serverId: 'sallyport' }
const password = 'correct horse battery'

let setup: string
let record: string

beforeAll(async () => {
  await opaqueReady
  setup = createServerSetup()
  record = registerPassword({ ...account, setup, password, stretching })
})

/** What the browser's worker does with an answer: undefined where the password is wrong. */
const answerOf = (o: { state: string; response: string; password: string; subject?: string; serverId?: string }) =>
  client.finishLogin({
    clientLoginState: o.state,
    loginResponse: o.response,
    password: o.password,
    identifiers: { client: o.subject ?? account.subject, server: o.serverId ?? account.serverId },
    keyStretching,
  })

const signIn = (o: { password: string; record?: string | null; subject?: string }) => {
  const { clientLoginState, startLoginRequest } = client.startLogin({ password: o.password })
  const used = o.record === undefined ? record : o.record
  const started = startServerLogin({ ...account, setup, record: used, request: startLoginRequest })
  return { ...started, finished: answerOf({ ...o, state: clientLoginState, response: started.response }) }
}

const finish = (state: Secret<string>, text: string) => finishServerLogin({ ...account, state, finish: text })
const bytes = (text: string) => Buffer.from(text, 'base64url')
const changed = (text: string, at: number) => {
  const all = bytes(text)
  all[at] = (all[at] ?? 0) ^ 1
  return all.toString('base64url')
}

describe('a sign-in', () => {
  it('with the right password gives both ends the same key', () => {
    const { state, finished } = signIn({ password })
    const result = finish(state, finished?.finishLoginRequest ?? '')
    expect(result.ok && result.sessionKey.reveal()).toBe(finished?.sessionKey)
  })

  it('with another password, subject or server ends in the client', () => {
    const { clientLoginState: state, startLoginRequest: request } = client.startLogin({ password })
    const { response } = startServerLogin({ ...account, setup, record, request })
    expect(answerOf({ state, response, password: `${password} ` })).toBeUndefined()
    expect(answerOf({ state, response, password, subject: 'user-2' })).toBeUndefined()
    expect(answerOf({ state, response, password, serverId: 'another' })).toBeUndefined()
  })

  it('cannot be finished with the proof of another one, nor with a changed proof', () => {
    const first = signIn({ password })
    const second = signIn({ password })
    const proof = first.finished?.finishLoginRequest ?? ''
    expect(finish(second.state, proof)).toEqual({ ok: false })
    for (const at of [0, 31, 63]) expect(finish(first.state, changed(proof, at))).toEqual({ ok: false })
    expect(finish(first.state, proof).ok).toBe(true)
  })

  it('of a subject whose record was registered for another one is refused', () => {
    const moved = startServerLogin({
      ...account,
      subject: 'user-2',
      setup,
      record,
      request: client.startLogin({ password }).startLoginRequest,
    })
    expect(moved.response).toHaveLength(427)
    const other = { setup, record, password, stretching }
    expect(verifyPassword({ ...other, ...account, subject: 'user-2' })).toBe(false)
    expect(verifyPassword({ ...other, ...account, serverId: 'another' })).toBe(false)
    expect(verifyPassword({ ...other, ...account, setup: createServerSetup() })).toBe(false)
  })

  it('does not print the state, which holds the session key', () => {
    const { state, finished } = signIn({ password })
    expect(`${state} ${JSON.stringify(finish(state, finished?.finishLoginRequest ?? ''))}`).toBe(
      '[secret] {"ok":true,"sessionKey":"[secret]"}',
    )
  })
})

describe('an unknown user', () => {
  it('gets an answer of the same length, which no password finishes', () => {
    const known = signIn({ password })
    const unknown = signIn({ password, record: null })
    expect(unknown.response).toHaveLength(known.response.length)
    expect(unknown.state.reveal()).toHaveLength(known.state.reveal().length)
    expect(unknown.finished).toBeUndefined()
    expect(finish(unknown.state, randomBytes(64).toString('base64url'))).toEqual({ ok: false })
  })

  it('evaluates a blinded password as it always does: asking twice tells nothing', () => {
    const { startLoginRequest: request } = client.startLogin({ password })
    const ask = (used: string | null) => bytes(startServerLogin({ ...account, setup, record: used, request }).response)
    const [first, second, known] = [ask(null), ask(null), ask(record)].map((answer) => answer.subarray(0, 32))
    expect(first).toEqual(second)
    // The same as before the account existed: the OPRF key hangs on the subject alone (RFC 9807, section 10.9).
    expect(first).toEqual(known)
  })
})

describe('a message that no client makes', () => {
  const identityElement = Buffer.alloc(32).toString('base64url')
  const requests = (good: string, length: number) => [
    '',
    'A',
    good.slice(1),
    `${good}A`,
    `${good}=`,
    ` ${good}`,
    `${good.slice(0, -1)}\n`,
    `${good.slice(0, -1)}+`,
    'é'.repeat(good.length),
    'A'.repeat(1_000_000),
    Buffer.alloc(length).toString('base64url'),
    Buffer.alloc(length, 255).toString('base64url'),
  ]

  it('is refused as such at every door', () => {
    const registration = client.startRegistration({ password }).registrationRequest
    for (const request of requests(registration, 32))
      expect(() => startServerRegistration({ setup, subject: 'u', request })).toThrow(OpaqueMessageError)
    const login = client.startLogin({ password }).startLoginRequest
    for (const request of requests(login, 96))
      expect(() => startServerLogin({ ...account, setup, record, request })).toThrow(OpaqueMessageError)
    const { state, finished } = signIn({ password })
    // Every 64 bytes are a proof by shape; only the wrong lengths and spellings are malformed.
    for (const proof of requests(finished?.finishLoginRequest ?? '', 64).slice(0, -2))
      expect(() => finish(state, proof)).toThrow(OpaqueMessageError)
  })

  it('with the identity element for a key share is refused', () => {
    const login = bytes(client.startLogin({ password }).startLoginRequest)
    const share = Buffer.concat([login.subarray(0, 64), bytes(identityElement)]).toString('base64url')
    const element = Buffer.concat([bytes(identityElement), login.subarray(32)]).toString('base64url')
    for (const request of [share, element])
      expect(() => startServerLogin({ ...account, setup, record, request })).toThrow(OpaqueMessageError)
  })

  it('in a second spelling of the same bytes is refused', () => {
    // 43 characters carry 258 bits and 86 carry 516: the spare ones must be zero.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelled = (good: string) => {
      const text = good.slice(0, -1) + alphabet[alphabet.indexOf(good.slice(-1)) + 1]
      expect(bytes(text)).toEqual(bytes(good))
      return text
    }
    const request = respelled(client.startRegistration({ password }).registrationRequest)
    expect(() => startServerRegistration({ setup, subject: 'u', request })).toThrow(OpaqueMessageError)
    const { state, finished } = signIn({ password })
    expect(() => finish(state, respelled(finished?.finishLoginRequest ?? ''))).toThrow(OpaqueMessageError)
  })

  it('does not hide a fault of ours: a damaged setup or record is another error', () => {
    const request = client.startLogin({ password }).startLoginRequest
    for (const own of [
      { setup: setup.slice(4), record },
      { setup, record: record.slice(4) },
    ]) {
      const start = () => startServerLogin({ ...account, ...own, request })
      expect(start).toThrow(Error)
      expect(start).not.toThrow(OpaqueMessageError)
    }
    expect(() => startServerLogin({ ...account, subject: '', setup, record, request })).toThrow(RangeError)
    expect(() => startServerLogin({ ...account, subject: 'é'.repeat(128), setup, record, request })).toThrow(RangeError)
  })

  it('leaves the library working', () => {
    expect(finish(signIn({ password }).state, signIn({ password }).finished?.finishLoginRequest ?? '').ok).toBe(false)
    const { state, finished } = signIn({ password })
    expect(finish(state, finished?.finishLoginRequest ?? '').ok).toBe(true)
  })
})
