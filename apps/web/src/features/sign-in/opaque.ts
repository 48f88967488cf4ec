/**
 * Proving and setting a password without sending it (SPEC A2, RFC 9807). All of the arithmetic happens in a worker of its own, which is ended with the
 * exchange: the page itself keeps no copy, and what the worker's memory held goes with it.
 */
import type { KeyStretching } from '@sallyport/contract/key-stretching'
import { openExchange } from './open-exchange.ts'

/** The first message of an exchange goes to the daemon, its answer comes back: `startSignIn`, `startStepUp`, `startPasswordChange`… */
type Start = (request: string) => Promise<{ readonly subject: string; readonly response: string }>

interface Password {
  /** As it was typed: the worker normalises it. */
  readonly password: string
  /** Both from `auth.signInOptions`. */
  readonly stretching: KeyStretching
  readonly serverId: string
  readonly start: Start
}

/**
 * The client's half of a sign-in or a step-up. Takes a tenth of a second to one second.
 *
 * @returns what `finishSignIn` and `finishStepUp` want; `wrong_password` needs no further call: the daemon counted the attempt when it started
 * @throws what `start` throws, or an Error with a sentence when the browser cannot run the worker
 */
export const provePassword = async (o: Password): Promise<{ finish: string } | 'wrong_password'> => {
  const exchange = openExchange()
  try {
    const { request } = await exchange.call('startLogin', { password: o.password })
    const { subject, response } = await o.start(request)
    const { stretching, serverId } = o
    const { finish } = await exchange.call('finishLogin', { response, subject, serverId, stretching })
    return finish === null ? 'wrong_password' : { finish }
  } finally {
    exchange.end()
  }
}

/** The client's half of setting a password, which must be a good one already (`passwordProblem`): the daemon never sees it. Throws as above. */
export const registerPassword = async (o: Password): Promise<{ record: string }> => {
  const exchange = openExchange()
  try {
    const { request } = await exchange.call('startRegistration', { password: o.password })
    const { subject, response } = await o.start(request)
    const { stretching, serverId } = o
    return await exchange.call('finishRegistration', { response, subject, serverId, stretching })
  } finally {
    exchange.end()
  }
}
