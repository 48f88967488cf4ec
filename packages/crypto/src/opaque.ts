/**
 * OPAQUE (RFC 9807): sign-in by a password that the server never sees. The suite is the library's: ristretto255-SHA512, 3DH, Argon2id (@serenity-kit/opaque 1.1.0,
 * on facebook/opaque-ke). Messages are canonical base64url without padding, exactly as the library in the browser makes them.
 *
 * Guarantees: the setup and a record together allow guessing at Argon2id's price, one alone does not; a sign-in proves the password for this subject on
 * this server and no other (both identities are in the key exchange, section 6.4); a subject without a record answers with the same lengths and
 * the same work (section 10.9); no message of a client makes anything but an `OpaqueMessageError`.
 * Does not: limit guesses (the FIRST reply tells the client whether its guess was right), expire or forget anything, bind a session to
 * a connection. The library draws its own randomness (globalThis.crypto.getRandomValues) and this is the one module of the package that does.
 * The caller: awaits `opaqueReady` once and imports this lazily (35 ms to compile the WASM); takes a limit point before `startServerLogin`; DELETES a pending
 * state before it calls `finishServerLogin`, because the library accepts the same finish twice; keeps setup and states secret; gives a stable
 * made-up subject for an unknown user. Passwords are normalised here (NFKC, harmless twice); in the browser the sign-in worker does it with
 * contract/password-rules.
 */
import { client, ready, server } from '@serenity-kit/opaque'
import type { KeyStretching } from './key-stretching.ts'
import { Secret } from './secret.ts'

/** Resolves when the WASM is compiled. Before that every function here throws. */
export const opaqueReady: Promise<void> = ready

/** A client sent what no correct client sends: wrong length, other spelling, not a point, the identity element. Answer it with a 400. */
export class OpaqueMessageError extends Error {
  override readonly name = 'OpaqueMessageError'
}

interface Account {
  /** From `createServerSetup`. Secret; a record works with its own setup only. */
  readonly setup: string
  /** Who signs in: the client identity and, as credential identifier, what the account's OPRF key is derived from. 1 to 255 bytes. */
  readonly subject: string
}

interface Identities {
  readonly subject: string
  /** Which server this is: 1 to 255 bytes, the same at registration and ever after. */
  readonly serverId: string
}

/** 192 bytes: client public key, masking key, envelope (section 5.2). */
const RECORD_BYTES = 192
const REGISTRATION_REQUEST_BYTES = 32
/** KE1: blinded element, nonce, key share. */
const LOGIN_REQUEST_BYTES = 96
/** KE3: one HMAC-SHA-512. */
const LOGIN_FINISH_BYTES = 64

/** Also stops huge strings: the WASM would copy them, and its memory never shrinks. The library alone ignores bytes after a message's end. */
const isMessage = (text: string, bytes: number): boolean =>
  text.length === Math.ceil((bytes * 4) / 3) && /^[A-Za-z0-9_-]*$/.test(text)

const demandMessage = (text: string, bytes: number) => {
  if (!isMessage(text, bytes)) throw new OpaqueMessageError(`a message of ${bytes} bytes in base64url was expected`)
}

/** Runs the library; what it refuses in the client's field is the client's fault, anything else (a damaged setup or record) is ours and stays as it is. */
const blamingClient = <T>(field: string, call: () => T): T => {
  try {
    return call()
  } catch (cause) {
    const refused =
      cause instanceof Error && [`"${field}"`, `"deserialize ${field}"`].some((at) => cause.message.includes(at))
    throw refused ? new OpaqueMessageError(`the ${field} is not valid`, { cause }) : cause
  }
}

const identifiers = ({ subject, serverId }: Identities) => {
  for (const identity of [subject, serverId]) {
    const bytes = Buffer.byteLength(identity)
    if (bytes < 1 || bytes > 255) throw new RangeError('an OPAQUE identity has 1 to 255 bytes')
  }
  return { client: subject, server: serverId }
}

const keyStretching = ({ memoryKib: memory, iterations, parallelism }: KeyStretching) => ({
  'argon2id-custom': { memory, iterations, parallelism },
})

/** A fresh server key pair and OPRF seed, 128 bytes. Keep it sealed and outside the database: with it and a record, passwords can be guessed offline. */
export const createServerSetup = (): string => server.createSetup()

/**
 * Both halves of a registration in this process, for a password that the daemon knows anyway. Blocks the thread for one Argon2id.
 * @returns the registration record, which verifies the password and is to be stored (or kept in memory) like one
 */
export const registerPassword = (
  o: Account & Identities & { readonly password: string; readonly stretching: KeyStretching },
): string => {
  const identity = identifiers(o)
  const password = o.password.normalize('NFKC')
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password })
  const { response } = startServerRegistration({ ...o, request: registrationRequest })
  return client.finishRegistration({
    clientRegistrationState,
    registrationResponse: response,
    password,
    identifiers: identity,
    keyStretching: keyStretching(o.stretching),
  }).registrationRecord
}

/** The server's half of a registration (section 5.1). Stateless. @throws OpaqueMessageError */
export const startServerRegistration = (o: Account & { readonly request: string }): { response: string } => {
  demandMessage(o.request, REGISTRATION_REQUEST_BYTES)
  const { registrationResponse } = blamingClient('registrationRequest', () =>
    server.createRegistrationResponse({
      serverSetup: o.setup,
      userIdentifier: o.subject,
      registrationRequest: o.request,
    }),
  )
  return { response: registrationResponse }
}

/** True for a record that `startServerLogin` will take: shape, length, and a client key that is a point. Says nothing about the password behind it: only the client knows. */
export const isRegistrationRecord = (text: string): boolean => {
  if (!isMessage(text, RECORD_BYTES)) return false
  const { startLoginRequest } = client.startLogin({ password: '' })
  try {
    server.startLogin({
      serverSetup: server.createSetup(),
      registrationRecord: text,
      startLoginRequest,
      userIdentifier: 'shape',
    })
    return true
  } catch {
    // The setup and the request are fresh and good: only the record can have been refused.
    return false
  }
}

/**
 * The server's half of the first round of a sign-in (KE1 to KE2, section 6.2).
 * @param o.record null: no such user. The answer then looks the same and no password can finish it.
 * @returns the answer (320 bytes), and the state that `finishServerLogin` takes once. The state holds the session key.
 * @throws OpaqueMessageError
 */
export const startServerLogin = (
  o: Account & Identities & { readonly record: string | null; readonly request: string },
): { response: string; state: Secret<string> } => {
  demandMessage(o.request, LOGIN_REQUEST_BYTES)
  const { loginResponse, serverLoginState } = blamingClient('startLoginRequest', () =>
    server.startLogin({
      serverSetup: o.setup,
      registrationRecord: o.record,
      startLoginRequest: o.request,
      userIdentifier: o.subject,
      identifiers: identifiers(o),
    }),
  )
  return { response: loginResponse, state: new Secret(serverLoginState) }
}

/**
 * Checks the client's proof (KE3, section 6.2). The identities were bound at the start already, and the state carries what they made.
 * @returns ok false for a wrong proof. The session key is 64 bytes in base64url, known to both ends only.
 * @throws OpaqueMessageError for what is no proof at all
 */
export const finishServerLogin = (
  o: Identities & { readonly state: Secret<string>; readonly finish: string },
): { ok: true; sessionKey: Secret<string> } | { ok: false } => {
  demandMessage(o.finish, LOGIN_FINISH_BYTES)
  try {
    const { sessionKey } = blamingClient('finishLoginRequest', () =>
      server.finishLogin({
        serverLoginState: o.state.reveal(),
        finishLoginRequest: o.finish,
        identifiers: identifiers(o),
      }),
    )
    return { ok: true, sessionKey: new Secret(sessionKey) }
  } catch (error) {
    if (error instanceof Error && error.message.includes('"finish server login"')) return { ok: false }
    throw error
  }
}

/**
 * Whether a password opens a record: a whole sign-in in this process. Blocks the thread for one Argon2id. A record that was registered with other
 * stretching parameters is not opened either, so this may refuse an equal password but never accepts a different one.
 */
export const verifyPassword = (
  o: Account & Identities & { readonly record: string; readonly password: string; readonly stretching: KeyStretching },
): boolean => {
  const password = o.password.normalize('NFKC')
  const { clientLoginState, startLoginRequest } = client.startLogin({ password })
  const { response, state } = startServerLogin({ ...o, request: startLoginRequest })
  const finished = client.finishLogin({
    clientLoginState,
    loginResponse: response,
    password,
    identifiers: identifiers(o),
    keyStretching: keyStretching(o.stretching),
  })
  return finished !== undefined && finishServerLogin({ ...o, state, finish: finished.finishLoginRequest }).ok
}
