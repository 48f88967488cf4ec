import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import { newReadablePassword } from '@sallyport/crypto/readable-password'
import { Secret } from '@sallyport/crypto/secret'
import { type RandomBytes, tokenHash } from '@sallyport/crypto/tokens'
import type { AuthConfig, Clock, SealedSecrets } from '../../../api-dependencies.ts'
import type { StoredUser, UserStore } from '../users/user.store.ts'
import { type BootstrapPassword, createBootstrap } from './bootstrap-password.ts'
import { createHeldRecords, type HeldRecords } from './held-records.ts'
import { loadOpaque, type Opaque, refusingMessages } from './load-opaque.ts'
import { createOpaqueSetup } from './opaque-setup.ts'
import { createRegistration, type Registration } from './registration.ts'

/** What a password is checked against. */
export interface Credential {
  /** OPAQUE's client identity: the user's id, or one that looks like it. */
  readonly subject: string
  readonly user: StoredUser | null
  /** Null: no password opens this one, and its answers look the same. */
  readonly record: string | null
  /** The record is that of the bootstrap password. */
  readonly bootstrap: BootstrapPassword | null
}

/** Between the two messages of a sign-in. Delete it before `finishLogin`: the protocol accepts the same last message twice. */
export interface LoginState {
  readonly subject: string
  readonly opaque: Secret<string>
  readonly bootstrap: BootstrapPassword | null
}

/** Passwords of whichever mode (A1), by OPAQUE: the daemon never sees one that is typed in a browser. */
export interface Passwords extends Registration {
  /**
   * Whom a name means, and what their password is checked against. No name: the only user, or nobody where there are several. A name that nobody has gets a
   * subject of its own, always the same. Throws `unavailable` when no password can be checked at all.
   */
  credentialOf(name: string | undefined): Promise<Credential>
  /** For a step-up. The bootstrap password proves nothing here. */
  credentialOfUser(userId: string): Promise<Credential>
  /** Throws bad_request for a message that no client sends. */
  startLogin(
    credential: Credential,
    request: string,
  ): Promise<{ readonly response: string; readonly state: LoginState }>
  /** A bootstrap password is used up by this. */
  finishLogin(state: LoginState, finish: string): Promise<boolean>
  /** Mode accounts, and the owner has no password yet. */
  isFirstRun(): Promise<boolean>
  /** What `sallyport password` prints; null where there is nothing to print. */
  reveal(): Promise<{
    readonly password: string
    readonly kind: 'ephemeral' | 'bootstrap'
    readonly expiresAt: number | null
  } | null>
  /** Key of the token HMAC (A8). */
  tokenKey(): Promise<Uint8Array>
  /** False in modes password and ephemeral: there it is chosen where the daemon is started. */
  canChange(): boolean
}

export interface PasswordsDeps {
  readonly users: UserStore
  readonly clock: Clock
  readonly random: RandomBytes
  readonly config: AuthConfig
  readonly sealedSecrets: SealedSecrets
  /** OPAQUE's server identity. */
  readonly serverId: string
  readonly installTokenKey: Secret<Uint8Array>
  readonly unknownSubjectKey: Secret<Uint8Array>
}

export const createPasswords = (deps: PasswordsDeps): Passwords => {
  const { users, config, serverId } = deps
  const { stretching } = config
  const bootstrap = createBootstrap(deps)
  const setup = createOpaqueSetup({ ...deps, newSetup: async () => (await loadOpaque()).createServerSetup() })
  /** The one password of modes `password` and `ephemeral`. */
  const single = singlePassword(deps)

  let heldRecords: HeldRecords | undefined
  const held = (opaque: Opaque): HeldRecords => {
    heldRecords ??= createHeldRecords(opaque, { serverId, stretching })
    return heldRecords
  }
  const heldRecord = async (text: Secret<string>, subject: string): Promise<string> =>
    held(await loadOpaque()).record(text, subject)

  const ownCredential = async (user: StoredUser): Promise<Credential> => ({
    subject: user.id,
    user,
    record: single === null ? user.passwordRecord : await heldRecord(single, user.id),
    bootstrap: null,
  })

  const nobody = (name: string): Credential => {
    const bytes = tokenHash(deps.unknownSubjectKey.reveal(), name)
    const subject = newId((size) => bytes.subarray(0, size), ID_ALPHABET, ID_LENGTH)
    return { subject, user: null, record: null, bootstrap: null }
  }

  /** Where several could be meant, no name means none: its subject would tell which name is the owner's. */
  const userOf = async (name: string | undefined): Promise<StoredUser | null> => {
    if (name !== undefined) return users.byName(name)
    const [only, another] = await users.all()
    return another === undefined ? (only ?? null) : null
  }

  const isFirstRun = async (): Promise<boolean> =>
    config.mode === 'accounts' && (await users.owner()).passwordRecord === null

  /** The one that opens the account of an owner without a password. */
  const bootstrapFor = async (user: StoredUser): Promise<BootstrapPassword | null> => {
    if (config.mode !== 'accounts' || user.passwordRecord !== null || user.role !== 'owner') return null
    return user.id === (await users.owner()).id ? bootstrap.current() : null
  }

  const setupOf = async (opaque: Opaque, credential: Credential): Promise<string> =>
    single !== null || credential.bootstrap !== null ? held(opaque).setup : setup.get()

  let tokenKey: Promise<Uint8Array> | undefined
  const deriveTokenKey = async (): Promise<Uint8Array> => {
    if (single === null) return deps.installTokenKey.reveal()
    const { deriveTokenKeyFromPassword } = await import('@sallyport/crypto/password-token-key')
    return deriveTokenKeyFromPassword({ password: single.reveal(), salt: config.installIdentity, stretching })
  }

  return {
    credentialOf: async (name) => {
      const user = await userOf(name)
      if (user === null) return nobody(name ?? '')
      const found = await bootstrapFor(user)
      if (found === null) return ownCredential(user)
      return { subject: user.id, user, record: await heldRecord(found.text, user.id), bootstrap: found }
    },
    credentialOfUser: async (userId) => {
      const user = await users.byId(userId)
      return user === null ? nobody(userId) : ownCredential(user)
    },
    startLogin: async (credential, request) => {
      const opaque = await loadOpaque()
      const { subject, record } = credential
      const own = await setupOf(opaque, credential)
      const { response, state } = refusingMessages(opaque, () =>
        opaque.startServerLogin({ setup: own, subject, serverId, record, request }),
      )
      return { response, state: { subject, opaque: state, bootstrap: credential.bootstrap } }
    },
    finishLogin: async (state, finish) => {
      const opaque = await loadOpaque()
      try {
        const { ok } = opaque.finishServerLogin({ subject: state.subject, serverId, state: state.opaque, finish })
        return ok && (state.bootstrap === null || bootstrap.spend(state.bootstrap))
      } catch (error) {
        // What is no proof at all is answered like a wrong one.
        if (error instanceof opaque.OpaqueMessageError) return false
        throw error
      }
    },
    isFirstRun,
    reveal: async () => {
      if (config.mode === 'ephemeral' && single !== null) {
        return { password: single.reveal(), kind: 'ephemeral', expiresAt: null }
      }
      if (!(await isFirstRun())) return null
      const { text, expiresAt } = bootstrap.reveal()
      return { password: text.reveal(), kind: 'bootstrap', expiresAt }
    },
    tokenKey: () => {
      tokenKey ??= deriveTokenKey().catch((error: unknown) => {
        tokenKey = undefined
        throw error
      })
      return tokenKey
    },
    canChange: () => single === null,
    ...createRegistration({ ...deps, setup, bootstrap, canChange: single === null }),
  }
}

const singlePassword = ({ config, random }: PasswordsDeps): Secret<string> | null => {
  if (config.mode === 'ephemeral') return new Secret(newReadablePassword(random))
  if (config.mode !== 'password') return null
  if (config.password === null) throw new Error('auth.mode password without a password')
  return config.password
}
