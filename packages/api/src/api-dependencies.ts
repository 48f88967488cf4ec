import type { ConfigEntry } from '@sallyport/contract/admin'
import type { Database } from '@sallyport/database/database'
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

/** Everything that the API takes from its surroundings. `apps/daemon/src/main.ts` is the only place that makes one in production. */
export interface ApiDependencies {
  readonly clock: Clock
  readonly log: Log
  /** Opened once, on first need: the first HTTP answer does not wait for Prisma (V5). Rejects when the database cannot be used. */
  readonly database: () => Promise<Database>
  readonly keeper: KeeperPort
  readonly dataDir: string
  /** 32 bytes; derives the key of the auth-session HMAC. */
  readonly installKey: Uint8Array
  /** The OS account that the daemon runs as: name of the owner, and of `local` actors in the audit log. */
  readonly osUser: { readonly name: string; readonly home: string; readonly shell: string }
  /** Environment of a login shell of that account, read once, for sessions started from the web (S1). */
  readonly loginEnvironment: () => Promise<Readonly<Record<string, string>>>
  /** File mode creation mask that the daemon was started with, for sessions whose caller has none to give (the web). */
  readonly umask: number
  readonly config: {
    readonly authSessionDurationMs: number
    readonly authIdleTimeoutMs: number | null
    readonly maxLiveSessions: number
    readonly maxStreams: number
    readonly maxStreamsPerAuthSession: number
    readonly logRetentionMs: number
    readonly logTotalMaxBytes: number
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
