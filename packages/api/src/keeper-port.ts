/** What the daemon needs of the keeper, in this package's words. `apps/daemon` implements it over the keeper's socket. */
export interface KeptSession {
  readonly id: string
  readonly pid: number
  readonly state: 'running' | 'exited'
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null
  readonly cols: number
  readonly rows: number
  readonly end: number
  readonly startedAt: number
  readonly exitedAt: number | null
  readonly complete: boolean
  readonly recordingPaused: string | null
}

/** A value that the keeper masks in the output of a session (SPEC O8), in memory only. */
export interface SpawnSecret {
  readonly name: string
  readonly value: string
}

export interface SpawnSession {
  readonly id: string
  readonly file: string
  readonly argv0?: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What env sets gave to `env`. Empty for a session without; required, because what is forgotten here is printed unmasked. */
  readonly secrets: readonly SpawnSecret[]
  /** File mode creation mask: daemon and keeper themselves run with 077, which a person's files must not get. */
  readonly umask: number
  readonly cols: number
  readonly rows: number
}

export type KeeperEvent =
  /** After every (re)connection: all that this keeper has. What was live before and is not in it is lost. */
  | { readonly kind: 'snapshot'; readonly keeperPid: number; readonly sessions: readonly KeptSession[] }
  | { readonly kind: 'changed'; readonly session: KeptSession }
  /** The keeper died or closed the connection; a new one is being started or found. */
  | { readonly kind: 'disconnected' }

/** Receives the bytes of one watched session, in order. `onTip`: the end is at `offset`, bytes not pushed before it are in the log. */
export interface WatchSink {
  onBytes(offset: number, bytes: Buffer): void
  onTip(offset: number): void
  onComplete(offset: number): void
}

export interface KeeperPort {
  readonly pid: number | null
  /** @throws AppError `too_large`, `unavailable`: secrets that cannot be masked. The program did not run then. */
  spawn(request: SpawnSession): Promise<KeptSession>
  resize(id: string, cols: number, rows: number): Promise<void>
  signal(id: string, signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM'): Promise<void>
  /** SIGTERM to the process group, SIGKILL after `graceMs`; resolves when the session has exited. */
  stop(id: string, graceMs: number): Promise<KeptSession>
  /** Returns the offset from which the new answerer is in charge (SPEC O10). */
  answerQueries(id: string, by: 'keeper' | 'viewer'): Promise<number>
  forget(id: string): Promise<void>
  /** Queues input; resolves when the keeper's stream has taken it (backpressure). Input of one session keeps its order. */
  write(id: string, bytes: Uint8Array): Promise<void>
  /** One watch per session at a time; the caller fans out. Survives reconnects to the same keeper: it resumes where it was. */
  watch(id: string, from: number, sink: WatchSink): { stop(): void }
  /** Ends every session, then the keeper. */
  shutdown(graceMs: number): Promise<void>
  onEvent(listener: (event: KeeperEvent) => void): () => void
}
