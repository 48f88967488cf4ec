import { initTRPC } from '@trpc/server'
import { z } from 'zod'
import { hello } from './hello.ts'

const exitStatus = z.object({ code: z.number().int().nullable(), signal: z.string().nullable() })

/** What the keeper knows of one session. Times are ms since the epoch. */
export const keptSession = z.object({
  id: z.string(),
  /** Names the session in frames; unique while the keeper lives. */
  handle: z.number().int().min(1).max(0xffff_ffff),
  pid: z.number().int(),
  /** `exited`: the root process is dead and the terminal drained (S3). Background children may still print until `complete`, and what a mask holds back comes by then. */
  state: z.enum(['running', 'exited']),
  exit: exitStatus.nullable(),
  cols: z.number().int(),
  rows: z.number().int(),
  /** Offset after the last byte emitted. */
  end: z.number(),
  startedAt: z.number(),
  exitedAt: z.number().nullable(),
  /** The log is closed: no byte will follow. */
  complete: z.boolean(),
  /** Why output is not recorded right now, as a sentence, or null. */
  recordingPaused: z.string().nullable(),
})
export type KeptSession = z.infer<typeof keptSession>

/** As many and as large as an env set may have (SPEC section 6). */
const SECRETS_MAX = 500
const SECRET_MAX_BYTES = 64 * 1024

/** A value that must not show in the output of the session (O8). The name stands in the mask: no terminal sequence fits into it. */
const spawnSecret = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/),
  value: z.string().refine((value) => Buffer.byteLength(value) <= SECRET_MAX_BYTES, 'is longer than 64 KiB'),
})

export const spawnRequest = z.object({
  id: z.string().regex(/^[0-9a-z]{12}$/),
  /** Absolute path of the program, already resolved and found executable by the daemon. */
  file: z.string(),
  argv0: z.string().optional(),
  args: z.array(z.string()),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
  cols: z.number().int(),
  rows: z.number().int(),
  /** File mode creation mask of the program, such as that of the shell which asked; absent: the one that the keeper was started with. */
  umask: z.number().int().min(0).max(0o777).optional(),
  /** Masked in the output; the program gets them through `env`. Required: whoever forgets them would run the program unmasked. */
  secrets: z.array(spawnSecret).max(SECRETS_MAX),
  logDirectory: z.string(),
  logLimits: z.object({ maxBytes: z.number(), segmentBytes: z.number(), minFreeBytes: z.number().nullable() }),
})
export type SpawnRequest = z.infer<typeof spawnRequest>

export const keeperEvent = z.discriminatedUnion('kind', [
  /** First event of every subscription. */
  z.object({ kind: z.literal('snapshot'), sessions: z.array(keptSession) }),
  z.object({ kind: z.literal('changed'), session: keptSession }),
])
export type KeeperEvent = z.infer<typeof keeperEvent>

export const signalName = z.enum([
  'SIGTERM',
  'SIGKILL',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGSTOP',
])
export type SignalName = z.infer<typeof signalName>

/** What the keeper does, behind the router. Every method that names a session rejects when there is none of that id. */
export interface KeeperHandlers {
  hello(): z.infer<typeof hello>
  spawn(request: SpawnRequest): Promise<KeptSession>
  resize(id: string, cols: number, rows: number): void
  /** To the process group of the session's root, and to the terminal's foreground group when that is another one. */
  signal(id: string, signal: SignalName): void
  /**
   * SIGTERM (and SIGHUP to a shell that ignores it), then SIGKILL after `graceMs`, then SIGKILL to what the root left in its session. Resolves when the
   * root is dead. `graceMs` 0 kills at once.
   */
  stop(id: string, graceMs: number): Promise<KeptSession>
  /**
   * Who answers terminal queries (O10) from now on. Returns the offset where that takes effect: the keeper answered everything found before it. When the
   * daemon goes away the keeper answers again.
   */
  answerQueries(id: string, by: 'keeper' | 'viewer'): number
  /** Forget a session whose output is complete; its log stays. */
  forget(id: string): void
  list(): KeptSession[]
  events(signal: AbortSignal): AsyncIterable<KeeperEvent>
  /** End every session (the stop ladder) and the keeper itself. */
  shutdown(graceMs: number): Promise<void>
}

/** Only a connection that has passed the keeper's door (own uid, holder of the daemon lock) gets this far: the router itself has no access rules. */
export const createKeeperRouter = (handlers: KeeperHandlers) => {
  const t = initTRPC.create({ isDev: false })
  const id = z.object({ id: z.string() })
  return t.router({
    hello: t.procedure.output(hello).query(() => handlers.hello()),
    spawn: t.procedure
      .input(spawnRequest)
      .output(keptSession)
      .mutation(({ input }) => handlers.spawn(input)),
    resize: t.procedure
      .input(id.extend({ cols: z.number().int().min(1).max(1000), rows: z.number().int().min(1).max(1000) }))
      .mutation(({ input }) => handlers.resize(input.id, input.cols, input.rows)),
    signal: t.procedure
      .input(id.extend({ signal: signalName }))
      .mutation(({ input }) => handlers.signal(input.id, input.signal)),
    stop: t.procedure
      .input(id.extend({ graceMs: z.number().int().min(0).max(600_000) }))
      .output(keptSession)
      .mutation(({ input }) => handlers.stop(input.id, input.graceMs)),
    answerQueries: t.procedure
      .input(id.extend({ by: z.enum(['keeper', 'viewer']) }))
      .output(z.number())
      .mutation(({ input }) => handlers.answerQueries(input.id, input.by)),
    forget: t.procedure.input(id).mutation(({ input }) => handlers.forget(input.id)),
    list: t.procedure.output(z.array(keptSession)).query(() => handlers.list()),
    events: t.procedure.subscription(({ signal }) => handlers.events(signal ?? new AbortController().signal)),
    shutdown: t.procedure
      .input(z.object({ graceMs: z.number().int().min(0).max(600_000) }))
      .mutation(({ input }) => handlers.shutdown(input.graceMs)),
  })
}

export type KeeperRouter = ReturnType<typeof createKeeperRouter>
