import { client, ready } from '@serenity-kit/opaque'

interface Stretching {
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
}

interface Exchange {
  readonly password: string
  readonly stretching: Stretching
  readonly serverId: string
  /** Sends the first message of the exchange. */
  readonly start: (request: string) => Promise<{ readonly subject: string; readonly response: string }>
}

const keyStretching = ({ memoryKib, iterations, parallelism }: Stretching) => ({
  'argon2id-custom': { memory: memoryKib, iterations, parallelism },
})

/** The browser's half of a sign-in or step-up (RFC 9807), for tests. Undefined: the daemon's first answer says that the password is wrong. */
export const provePassword = async ({
  password,
  stretching,
  serverId,
  start,
}: Exchange): Promise<string | undefined> => {
  await ready
  const { clientLoginState, startLoginRequest } = client.startLogin({ password })
  const { subject, response } = await start(startLoginRequest)
  return client.finishLogin({
    clientLoginState,
    loginResponse: response,
    password,
    keyStretching: keyStretching(stretching),
    identifiers: { client: subject, server: serverId },
  })?.finishLoginRequest
}

/** The browser's half of setting a password: the record that the daemon keeps. */
export const registerPassword = async ({ password, stretching, serverId, start }: Exchange): Promise<string> => {
  await ready
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password })
  const { subject, response } = await start(registrationRequest)
  return client.finishRegistration({
    clientRegistrationState,
    registrationResponse: response,
    password,
    keyStretching: keyStretching(stretching),
    identifiers: { client: subject, server: serverId },
  }).registrationRecord
}
