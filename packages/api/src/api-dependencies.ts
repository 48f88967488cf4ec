import type { ConfigEntry } from '@sallyport/contract/admin'
import type { AuthMode } from '@sallyport/contract/auth'
import type { KeyStretching } from '@sallyport/contract/key-stretching'
import type { Keyring } from '@sallyport/crypto/keyring'
import type { Secret } from '@sallyport/crypto/secret'
import type { Database } from '@sallyport/database/database'
import type { DeclaredProvider } from './features/session/providers/provider.ts'
import type { KeeperPort } from './keeper-port.ts'

export interface Clock {
  /** ms since the epoch */
  now(): number
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Secrets of the sign-in that must not lie in the database: sealed as one file beside the install key. */
export interface SignInSecrets {
  /** OPAQUE's server setup (RFC 9807: OPRF seed and server key). Null: never made. */
  readonly opaqueSetup: string | null
  /** TOTP secrets, base 32, by id of the factor. */
  readonly totp: Readonly<Record<string, string>>
}

/** One small file, read whole and replaced whole. Rejects with a sentence for people when it is damaged, and is then never overwritten. */
export interface SealedSecrets {
  read(): Promise<SignInSecrets>
  /** One at a time, in order; resolves when the new content is safely on disk. `change` gets the content as it is then, and may throw to change nothing. */
  update(change: (secrets: SignInSecrets) => SignInSecrets): Promise<void>
}

/** Where the master key of env sets comes from (E2). It never leaves the daemon's memory except into its own source. */
export interface MasterKeys {
  /**
   * `ready`: values can be sealed and opened. `locked`: a passphrase is asked for (`canUnlock`), or the key is missing or must not be used: `reason` says what
   * to do.
   */
  state():
    | { readonly kind: 'ready'; readonly source: string; readonly keyId: string }
    | { readonly kind: 'locked'; readonly reason: string; readonly canUnlock: boolean }
  /**
   * Good until the next rotation; not the caller's to wipe. `hasCiphertext`: something is sealed already, so a missing key must never be made anew; otherwise the
   * first call makes one. `toSeal`: new values are about to be sealed, so the key must still be where it would be looked for after a restart. @throws AppError
   * `locked`, `unavailable`
   */
  keyring(hasCiphertext: boolean, toSeal?: 'to seal'): Promise<Keyring>
  /** Of a passphrase source. Rejects with a sentence. */
  unlock(passphrase: Secret<string>): Promise<void>
  /**
   * E6. Both keys are on disk before `reseal` runs, and the old one goes when it has resolved. Rejects with a sentence where the source is not ours to write,
   * and with what `reseal` rejects with: then both keys stay.
   */
  rotate(reseal: (keyring: Keyring) => Promise<void>): Promise<void>
  /** For `daemon status`, or null. */
  problem(): string | null
}

export interface AuthConfig {
  readonly mode: AuthMode
  /** Only of mode `accounts`. */
  readonly requireSecondFactor: boolean
  readonly stretching: KeyStretching
  /** Mode `password`: what the environment said. Null in every other mode. */
  readonly password: Secret<string> | null
  /** What the key of mode `password` is bound to (A8). */
  readonly installIdentity:
    | { readonly installId: string }
    | { readonly machineId: string; readonly hostname: string; readonly uid: number; readonly dataDir: string }
  /** Three numbers of A13 that the configuration may raise. */
  readonly failedSignIns: { readonly perClient: number; readonly perProxy: number; readonly perSecond: number }
}

/** Everything that the API takes from its surroundings. `apps/daemon/src/main.ts` is the only place that makes one in production. */
export interface ApiDependencies {
  readonly clock: Clock
  readonly log: Log
  /** Opened once, on first need: the first HTTP answer does not wait for Prisma (V5). Rejects when the database cannot be used. */
  readonly database: () => Promise<Database>
  readonly keeper: KeeperPort
  readonly dataDir: string
  /** 32 bytes; every key of the sign-in derives from it (`crypto/derive`). */
  readonly installKey: Uint8Array
  /** Names this install in OPAQUE exchanges and issuer labels; not a secret. */
  readonly installId: string
  readonly sealedSecrets: SealedSecrets
  readonly masterKeys: MasterKeys
  /** The OS account that the daemon runs as: name of the owner, and of `local` actors in the audit log. */
  readonly osUser: { readonly name: string; readonly home: string; readonly shell: string }
  /** Environment of a login shell of that account, read once, for sessions started from the web (S1). */
  readonly loginEnvironment: () => Promise<Readonly<Record<string, string>>>
  /** File mode creation mask that the daemon was started with, for sessions whose caller has none to give (the web). */
  readonly umask: number
  readonly config: {
    readonly auth: AuthConfig
    readonly authSessionDurationMs: number
    readonly authIdleTimeoutMs: number | null
    readonly maxLiveSessions: number
    readonly maxStreams: number
    readonly maxStreamsPerAuthSession: number
    readonly logRetentionMs: number
    readonly logTotalMaxBytes: number
    /** None with an id that is built in. */
    readonly providers: readonly DeclaredProvider[]
    entries(): ConfigEntry[]
  }
  readonly daemon: {
    readonly pid: number
    readonly version: string
    readonly startedAt: number
    /** Canonical address, null with `--no-http`. */
    url(): string | null
    /** Sentences about what does not work right now. */
    problems(): string[]
    /** Begins to stop; `all` ends the sessions and the keeper too. Returns at once. */
    stop(all: boolean): void
  }
  /** Exported to every session as SALLYPORT_SOCKET. */
  readonly socketPath: string
}
