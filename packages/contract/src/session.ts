import { z } from 'zod'
import { envSetRef } from './env-set.ts'
import { isoTime, offset, sessionId, sessionName, sessionRef, viewerId } from './ids.ts'
import { SESSION_STATES } from './session-state.ts'
import { WRITE_MAX_BYTES } from './wire-limits.ts'

/** SPEC S5: nothing sane draws below 20×5; the upper bound keeps a hostile viewer from making programs allocate. */
export const columns = z.number().int().min(20).max(1000)
export const lines = z.number().int().min(5).max(500)
const DEFAULT_SIZE = { cols: 80, rows: 24 } as const

/** `shell`: the user's login shell; `command`: any argv; `claude-code`, `codex`, and what the configuration declares (S7). */
const providerId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a provider has small letters, digits and dashes, and starts with a letter')

/** Who pays for what an agent does (S7): without API keys in its environment, the subscription that it is signed in to. */
export const billing = z.enum(['subscription', 'api'])
export type Billing = z.infer<typeof billing>

export const session = z.object({
  id: sessionId,
  name: sessionName,
  provider: providerId,
  /** argv, that of the provider included; empty for `shell`. */
  command: z.array(z.string()),
  billing,
  cwd: z.string(),
  state: z.enum(SESSION_STATES),
  exitCode: z.number().int().nullable(),
  /** Name of the signal that ended it, such as `SIGTERM`. */
  signal: z.string().nullable(),
  createdAt: isoTime,
  endedAt: isoTime.nullable(),
  cols: columns,
  rows: lines,
  /** Attached terminals, not log readers. */
  viewers: z.number().int(),
  /** Bytes emitted so far: the offset after the last byte. */
  logBytes: offset,
  /** Why output is not being recorded right now (disk full), or null. Live viewing goes on. */
  recordingPaused: z.string().nullable(),
  /** Names of the env sets it was started with, as they were called then. */
  envSets: z.array(z.string()),
  trusted: z.boolean(),
})
export type Session = z.infer<typeof session>

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an environment name has letters, digits and underscores')
/** Linux gives one K=V at most 128 KiB; a NUL would cut it short silently. */
const environmentValue = z
  .string()
  .max(131_000)
  .refine((value) => !value.includes('\0'), 'a value cannot contain NUL')
const argument = z
  .string()
  .max(131_000)
  .refine((value) => !value.includes('\0'), 'an argument cannot contain NUL')

/** Each may hold 500 variables; nobody needs so many sets at once. */
const ENV_SETS_MAX = 16

export const createSessionInput = z
  .object({
    provider: providerId,
    /** argv for `command`, nothing for `shell`; what an agent is started with beside its own command for the others. */
    command: z.array(argument).max(4096),
    /** Absolute. From the web it may be absent: home. */
    cwd: z
      .string()
      .max(4096)
      .refine((path) => path.startsWith('/') && !path.includes('\0'), 'a directory is an absolute path')
      .optional(),
    name: sessionName.optional(),
    /** From the CLI: the caller's environment as S1 lists it. From the web: additions to the login environment. */
    env: z.record(environmentName, environmentValue).optional(),
    billing: billing.default('subscription'),
    /** By id or name; where two have the same variable, the later one wins. */
    envSets: z.array(envSetRef).max(ENV_SETS_MAX).default([]),
    /** True when `env` is the whole environment (the CLI), false when it is added to the daemon user's login environment (the web). */
    envIsComplete: z.boolean().default(false),
    /** File mode creation mask of the program. The CLI: that of the shell it was typed into; the web leaves it out: the one that the daemon was started with. */
    umask: z.number().int().min(0).max(0o777).optional(),
    cols: columns.default(DEFAULT_SIZE.cols),
    rows: lines.default(DEFAULT_SIZE.rows),
  })
  .refine(
    ({ provider, command }) => !(provider === 'command' && command.length === 0),
    'a command needs at least one word',
  )
  .refine(({ provider, command }) => !(provider === 'shell' && command.length > 0), 'a shell takes no words')
export type CreateSessionInput = z.input<typeof createSessionInput>

/** `session.providers`: what a session can be started as. */
export const sessionProvider = z.object({
  id: providerId,
  title: z.string(),
  /** argv in front of what the caller adds; empty for `command`. */
  command: z.array(z.string()),
  /** A command line that installs it, or null. */
  installHint: z.string().nullable(),
  /** Found on the PATH of sessions from the web. The CLI brings a PATH of its own. */
  available: z.boolean(),
  capabilities: z.object({
    hooks: z.boolean(),
    resume: z.boolean(),
    /** `billing` decides which keys it gets. Where false, what is given to the session explicitly always reaches it. */
    billing: z.boolean(),
  }),
})
export type SessionProvider = z.infer<typeof sessionProvider>
export const sessionProviders = z.object({ providers: z.array(sessionProvider) })

export const sessionRefInput = z.object({ session: sessionRef })

/** Pushed by `session.changes`: first everything, then what changed. Several changes may be merged; the last word wins. */
export const sessionChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), sessions: z.array(session) }),
  z.object({ kind: z.literal('changed'), session }),
  z.object({ kind: z.literal('removed'), id: sessionId }),
])
export type SessionChange = z.infer<typeof sessionChange>

export const bytes = z.instanceof(Uint8Array)

export const writeInput = z.object({
  session: sessionRef,
  data: bytes.refine((data) => data.byteLength <= WRITE_MAX_BYTES, 'one write carries at most 64 KiB'),
  /** The attached terminal that typed; it becomes the owner of the size (S5). Absent for `send`. */
  viewer: viewerId.optional(),
  /** Set when `data` answers a terminal query (O10): the stream offset of the chunk that asked. Accepted from the one viewer that owned the size there. */
  answersOffset: offset.optional(),
})
export type WriteInput = z.infer<typeof writeInput>

export const keysInput = z.object({ session: sessionRef, keys: z.array(z.string().min(1).max(32)).min(1).max(256) })
/** Text for the program as a paste: bracketed when `bracketed`, with any end-of-paste marker inside it removed. */
export const pasteInput = z.object({
  session: sessionRef,
  text: z.string().max(WRITE_MAX_BYTES),
  bracketed: z.boolean().default(true),
  viewer: viewerId.optional(),
})

export const resizeInput = z.object({
  session: sessionRef,
  cols: columns,
  rows: lines,
  /** Absent: the size is set at once, whoever owns it (`sallyport resize`). Present: it becomes this viewer's size and counts while it is the owner. */
  viewer: viewerId.optional(),
})
export const takeControlInput = z.object({ session: sessionRef, viewer: viewerId })
export const renameInput = z.object({ session: sessionRef, name: sessionName })
export const removeInput = z.object({ session: sessionRef, force: z.boolean().default(false) })
