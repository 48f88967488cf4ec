import { stretchingProfiles } from '@sallyport/contract/key-stretching'
import { ready, server } from '@serenity-kit/opaque'
import { beforeAll, expect, it } from 'vitest'
import { createExchange } from './exchange.ts'
import type { ExchangeAnswer, ExchangeRequest } from './messages.ts'

/** The daemon's half, by the same library; that a second, independent client agrees is tested with the daemon. */
const subject = 'account-1'
const binding = { subject, serverId: 'install-1', stretching: stretchingProfiles.standard }
const identifiers = { client: subject, server: binding.serverId }
let serverSetup: string
beforeAll(async () => {
  await ready
  serverSetup = server.createSetup()
})

const good = (answer: ExchangeAnswer): string => {
  if (!answer.ok) throw new Error(answer.message)
  const [text] = Object.values(answer.output)
  if (typeof text !== 'string') throw new Error('no message')
  return text
}
const startLogin = (password: string): ExchangeRequest => ({ call: 'startLogin', input: { password } })

const register = (password: string): string => {
  const exchange = createExchange()
  const registrationRequest = good(exchange({ call: 'startRegistration', input: { password } }))
  const registration = { serverSetup, userIdentifier: subject, registrationRequest }
  const { registrationResponse: response } = server.createRegistrationResponse(registration)
  return good(exchange({ call: 'finishRegistration', input: { ...binding, response } }))
}

/** Whether both ends agree in the end: the daemon's verdict, or the client's own when it finds the password wrong. */
const signIn = (registrationRecord: string, password: string, bound = binding): boolean => {
  const exchange = createExchange()
  const startLoginRequest = good(exchange(startLogin(password)))
  const login = { serverSetup, registrationRecord, startLoginRequest, userIdentifier: subject, identifiers }
  const { loginResponse: response, serverLoginState } = server.startLogin(login)
  const answer = exchange({ call: 'finishLogin', input: { ...bound, response } })
  if (!answer.ok || !('finish' in answer.output)) throw new Error('not finished')
  const finishLoginRequest = answer.output.finish
  if (finishLoginRequest === null) return false
  return server.finishLogin({ serverLoginState, finishLoginRequest, identifiers }).sessionKey !== ''
}

it('a password that was set proves itself, and another one does not', () => {
  const record = register('correct horse')
  expect(signIn(record, 'correct horse')).toBe(true)
  expect(signIn(record, 'Correct horse')).toBe(false)
})

it('the same password from another keyboard is the same password', () => {
  const record = register('caf\u00e9 \uff11\uff12\uff13')
  expect(signIn(record, 'cafe\u0301 123')).toBe(true)
})

it('an answer of another install, or for another account, proves nothing', () => {
  const record = register('correct horse')
  expect(signIn(record, 'correct horse', { ...binding, serverId: 'install-2' })).toBe(false)
  expect(signIn(record, 'correct horse', { ...binding, subject: 'account-2' })).toBe(false)
})

it('no answer carries the password', () => {
  const exchange = createExchange()
  expect(JSON.stringify(exchange(startLogin('correct horse')))).not.toContain('correct')
})

it('what was started once is finished once, and as what it was started', () => {
  const exchange = createExchange()
  const finish: ExchangeRequest = { call: 'finishLogin', input: { ...binding, response: 'AAAA' } }
  expect(exchange(finish)).toMatchObject({ ok: false })
  exchange({ call: 'startRegistration', input: { password: 'correct horse' } })
  expect(exchange(finish)).toMatchObject({ ok: false })
})

it('nonsense from the daemon is a sentence, not an exception', () => {
  const exchange = createExchange()
  exchange(startLogin('correct horse'))
  const answer = exchange({ call: 'finishLogin', input: { ...binding, response: 'nonsense' } })
  expect(answer).toMatchObject({ ok: false, message: expect.stringMatching(/^The daemon gave an answer .*\.$/) })
})
