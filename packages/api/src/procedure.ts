import { randomUUID } from 'node:crypto'
import { databaseError } from '@sallyport/database/database-error'
import { initTRPC, type TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import { type Actor, actorLabel } from './access/actor.ts'
import { type AccessRule, refusal } from './access/admit.ts'
import { type AuditEvent, failedEvent } from './audit/audit-event.ts'
import { type CallAudit, type CallAuditRow, createCallAudit } from './audit/call-audit.ts'
import type { Context } from './context.ts'
import { AppError, isFailure, isTrouble, publicError } from './errors.ts'
import { inputBytes } from './limits/connection-meter.ts'
import { releasedAtEnd } from './limits/released-at-end.ts'

export type LimitClass = 'control' | 'input'

/** What every procedure declares. The walking test compares them with `router.access.ts`. */
export interface ProcedureRules extends AccessRule {
  readonly limit: LimitClass
  /**
   * `false`: no row on success (refusals are always recorded). An event: one row, committed after the handler and before the answer. `by: 'handler'`: the
   * use case commits it itself, before its effect leaves the database; a mutation that forgets is an internal error. A subscription may leave it out.
   */
  readonly audit: false | AuditEvent | { readonly event: AuditEvent; readonly by: 'handler' }
}

const t = initTRPC
  .context<Context>()
  .meta<ProcedureRules>()
  .create({
    // Stacks of a daemon tell an attacker its paths; tRPC sends them unless told otherwise.
    isDev: false,
    errorFormatter: ({ shape, error, path, ctx }) => {
      const { message, data } = publicError(error, () => {
        const reference = randomUUID().slice(0, 8)
        ctx?.core.log.error('a call failed', { reference, path, error: error.cause ?? error })
        return reference
      })
      return { code: shape.code, message, data }
    },
  })

export const router = t.router
export const createCallerFactory = t.createCallerFactory

/**
 * Around everything below. A locked or damaged database is nothing that a caller did and nothing that we can hide: a sentence that says what to do. What broke
 * is logged once, here, with its cause.
 */
const guarded = t.procedure.use(async ({ ctx, path, next }) => {
  const result = await next()
  if (result.ok) return result
  const trouble = result.error instanceof AppError ? null : databaseError(result.error)
  const error = trouble === null ? result.error : new AppError('unavailable', trouble.message, { cause: result.error })
  if (error instanceof AppError && isTrouble(error.errorCode)) {
    ctx.core.log.warn('a call failed', { path, message: error.message, error: error.cause ?? null })
  }
  return { ...result, error }
})

/** How many streams one connection may have open; a place is free the moment the stream has ended, for whatever reason. */
const countedStream = t.middleware(async ({ ctx, path, type, signal, next }) => {
  if (type !== 'subscription') return next()
  // Over HTTP nobody closes it when its auth session ends (A9), whatever path the adapter was talked into decoding.
  if (ctx.connection.transport === 'http') throw new AppError('bad_request', 'Streams exist over WebSocket only.')
  const place = ctx.meter.subscription(path)
  if (place instanceof AppError) throw place
  // A generator that is never started runs no `finally`; its signal tells.
  signal?.addEventListener('abort', place.release, { once: true })
  const result = await next()
  if (result.ok && signal?.aborted !== true) return { ...result, data: releasedAtEnd(result.data, place.release) }
  place.release()
  return result
})

/**
 * The only way to make a procedure. One call runs top to bottom: limit → authenticate → admit → handler → audit row → answer. The limit comes first so that
 * guessing credentials is limited too. Everything that refuses ends in `refuse`, so no refusal goes unrecorded.
 */
export const procedure = (rules: ProcedureRules) =>
  guarded
    .meta(rules)
    .use(async ({ ctx, path, type, getRawInput, next }) => {
      const limited = await limit(ctx, rules.limit, getRawInput)
      if (limited !== null) return refuse(ctx, { path, actor: 'anonymous', error: limited })

      const actor = await ctx.core.authenticate(ctx.connection)
      const call = { path, actor: actorLabel(actor) }
      const denied = refusal(rules, actor, ctx.connection, ctx.core.clock.now())
      if (denied !== null) return refuse(ctx, { ...call, error: denied, audit: deniedRow(ctx, rules, actor) })

      const event = eventOf(rules)
      if (event === null) return next({ ctx: { actor, audit: noAudit(path) } })

      // A use case that writes its own row does so before its effect, or has none: reading a log must not depend on a disk that is full.
      if (typeof rules.audit === 'string') await ctx.core.audit.ensureWritable()
      const row = createCallAudit(ctx.core.audit, event, { actor: call.actor, address: ctx.connection.address })
      const result = await next({ ctx: { actor, audit: row satisfies CallAudit } })
      if (!result.ok) await recordFailure(ctx, { ...call, error: result.error, audit: row, actorKind: actor.kind })
      else if (typeof rules.audit === 'string') await row.succeed()
      else if (type === 'mutation' && !row.committed) throw new Error(`${path} answered without its audit row`)
      return result
    })
    .use(countedStream)

const eventOf = (rules: ProcedureRules): AuditEvent | null =>
  rules.audit === false ? null : typeof rules.audit === 'string' ? rules.audit : rules.audit.event

const limit = async (ctx: Context, kind: LimitClass, getRawInput: () => Promise<unknown>): Promise<AppError | null> => {
  if (kind === 'control') return ctx.meter.refusal()
  return ctx.meter.inputTurn(inputBytes(await getRawInput()))
}

interface Refused {
  readonly path: string
  readonly actor: string
  readonly error: AppError
  /** Where an audited procedure refused somebody known: a row of its own. */
  readonly audit?: CallAuditRow | null
}

/** Anonymous peers, limits and unaudited procedures are folded: otherwise a loop of refused calls could fill the disk (L1). */
const refuse = async (ctx: Context, refused: Refused): Promise<never> => {
  if (refused.audit) await refused.audit.fail('refused', refused.error.errorCode)
  else fold(ctx, refused.path, refused.actor, refused.error.errorCode)
  throw refused.error
}

const deniedRow = (ctx: Context, rules: ProcedureRules, actor: Actor): CallAuditRow | null => {
  const event = eventOf(rules)
  if (event === null || actor.kind === 'anonymous') return null
  return createCallAudit(ctx.core.audit, event, { actor: actorLabel(actor), address: ctx.connection.address })
}

const fold = (ctx: Context, path: string, actor: string, reason: string): void =>
  ctx.core.refusals.record({ event: 'call.refused', actor, address: ctx.connection.address, target: path, reason })

const recordFailure = async (
  ctx: Context,
  call: {
    readonly path: string
    readonly actor: string
    readonly actorKind: Actor['kind']
    readonly error: TRPCError
    readonly audit: CallAuditRow
  },
): Promise<void> => {
  const reason = reasonOf(call.error)
  const failed = !(call.error instanceof AppError) ? reason === 'internal' : isFailure(call.error.errorCode)
  if (!failed && call.actorKind === 'anonymous' && !call.audit.committed) {
    const { target } = call.audit
    ctx.core.refusals.record({
      event: failedEvent(call.audit.event),
      actor: call.actor,
      address: ctx.connection.address,
      target: target ?? call.path,
      reason,
    })
  } else await call.audit.fail(failed ? 'failed' : 'refused', reason)
}

const reasonOf = (error: TRPCError): string => {
  if (error instanceof AppError) return error.errorCode
  return error.cause instanceof ZodError && error.code === 'BAD_REQUEST' ? 'bad_request' : 'internal'
}

const noAudit = (path: string): CallAudit => {
  const refuseUse = () => {
    throw new Error(`${path} is declared audit: false`)
  }
  return { describe: refuseUse, commit: refuseUse }
}
