import { z } from 'zod'
import { isoTime } from './ids.ts'

export const daemonStatus = z.object({
  pid: z.number().int(),
  keeperPid: z.number().int().nullable(),
  /** Canonical address, or null with `--no-http`. */
  url: z.string().nullable(),
  dataDir: z.string(),
  version: z.string(),
  startedAt: isoTime,
  sessions: z.object({ live: z.number().int(), ended: z.number().int() }),
  /** Sentences about what does not work right now; empty when all is well. */
  problems: z.array(z.string()),
})
export type DaemonStatus = z.infer<typeof daemonStatus>

/** One key of the configuration. A secret's value is the mask. */
export const configEntry = z.object({
  key: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
  source: z.enum(['default', 'file', 'environment', 'flag']),
  /** Where: `config.yaml:12`, `SALLYPORT_HTTP_PORT`, `--port`. */
  origin: z.string().nullable(),
})
export type ConfigEntry = z.infer<typeof configEntry>

/** SPEC K2, L4: one row of the audit log. */
export const auditRow = z.object({
  seq: z.number().int(),
  at: isoTime,
  actor: z.string(),
  event: z.string(),
  target: z.string().nullable(),
  outcome: z.enum(['ok', 'refused', 'failed']),
  session: z.string().nullable(),
  reason: z.string().nullable(),
  /** How often, for refusals of anonymous peers that were folded into one row per peer, event and minute (L1). */
  count: z.number().int(),
})
export type AuditRow = z.infer<typeof auditRow>

export const auditListInput = z.object({
  limit: z.number().int().min(1).max(10_000).default(100),
  session: z.string().max(64).optional(),
  since: isoTime.optional(),
  actor: z.string().max(128).optional(),
  event: z.string().max(64).optional(),
  /** Rows before this one: the next page. */
  beforeSeq: z.number().int().optional(),
})

export const stopInput = z.object({ all: z.boolean().default(false) })
