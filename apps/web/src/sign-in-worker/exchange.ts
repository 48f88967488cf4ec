import { normalisePassword } from '@sallyport/contract/password-rules'
import { client } from '@serenity-kit/opaque'
import type { Binding, ExchangeAnswer, ExchangeRequest } from './messages.ts'

interface Started {
  readonly kind: 'login' | 'registration'
  readonly password: string
  readonly state: string
}

/** RFC 9807 binds the exchange to both identities; the stretching must be the one that the record was made with. */
const bound = ({ subject, serverId, stretching }: Binding) => ({
  identifiers: { client: subject, server: serverId },
  keyStretching: {
    'argon2id-custom': {
      memory: stretching.memoryKib,
      iterations: stretching.iterations,
      parallelism: stretching.parallelism,
    },
  },
})

/** One exchange: keeps between its two calls what only this side may know. The library must be ready. */
export const createExchange = (): ((request: ExchangeRequest) => ExchangeAnswer) => {
  let started: Started | undefined

  /** Taken away: what was started once is finished once. */
  const take = (kind: Started['kind']): Started => {
    const taken = started
    started = undefined
    if (taken?.kind !== kind) throw new Error('the exchange was not started')
    return taken
  }

  const answer = (request: ExchangeRequest): ExchangeAnswer & { ok: true } => {
    switch (request.call) {
      case 'startLogin': {
        const password = normalisePassword(request.input.password)
        const { clientLoginState, startLoginRequest } = client.startLogin({ password })
        started = { kind: 'login', password, state: clientLoginState }
        return { ok: true, output: { request: startLoginRequest } }
      }
      case 'finishLogin': {
        const { password, state } = take('login')
        const { response } = request.input
        const messages = { clientLoginState: state, loginResponse: response }
        const done = client.finishLogin({ ...messages, password, ...bound(request.input) })
        return { ok: true, output: { finish: done?.finishLoginRequest ?? null } }
      }
      case 'startRegistration': {
        const password = normalisePassword(request.input.password)
        const { clientRegistrationState, registrationRequest } = client.startRegistration({ password })
        started = { kind: 'registration', password, state: clientRegistrationState }
        return { ok: true, output: { request: registrationRequest } }
      }
      case 'finishRegistration': {
        const { password, state } = take('registration')
        const { response } = request.input
        const messages = { clientRegistrationState: state, registrationResponse: response }
        const { registrationRecord } = client.finishRegistration({ ...messages, password, ...bound(request.input) })
        return { ok: true, output: { record: registrationRecord } }
      }
    }
  }

  return (request) => {
    try {
      return answer(request)
    } catch {
      // What the library says is about its bytes and would mean nothing to a person.
      return {
        ok: false,
        message: 'The daemon gave an answer that this page does not understand. Load the page again.',
      }
    }
  }
}
