import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Actor } from './access/actor.ts'
import { createAuditLog } from './audit/audit-log.ts'
import { createRefusalFold } from './audit/refusal-fold.ts'
import type { Context } from './context.ts'
import { AppError } from './errors.ts'
import { createMeters } from './limits/connection-meter.ts'
import { limits } from './limits/limits.ts'
import { makeConnection, openTestApi } from './open-test-api.ts'
import { createCallerFactory, procedure, router } from './procedure.ts'

const input = z.object({ end: z.enum(['succeed', 'refuse', 'break']) })
const finish = (end: z.output<typeof input>['end']) => {
  if (end === 'refuse') throw new AppError('conflict', 'No.')
  if (end === 'break') throw new Error('a mistake')
  return { ok: true }
}

/** Three ways of auditing, and one of forgetting it. */
const routes = router({
  after: procedure({ access: 'owner', limit: 'control', audit: 'session.renamed' })
    .input(input)
    .mutation(({ ctx, input: { end } }) => {
      ctx.audit.describe({ target: 'web', session: 's1' })
      return finish(end)
    }),
  before: procedure({ access: 'owner', limit: 'control', audit: { event: 'session.started', by: 'handler' } })
    .input(input)
    .mutation(async ({ ctx, input: { end } }) => {
      await ctx.audit.commit({ target: 'sh', session: 's1' })
      return finish(end)
    }),
  forgotten: procedure({
    access: 'owner',
    limit: 'control',
    audit: { event: 'session.started', by: 'handler' },
  }).mutation(() => ({ ok: true })),
  twice: procedure({ access: 'owner', limit: 'control', audit: { event: 'session.started', by: 'handler' } }).mutation(
    async ({ ctx }) => {
      await ctx.audit.commit({})
      await ctx.audit.commit({})
    },
  ),
  unaudited: procedure({ access: 'owner', limit: 'control', audit: false }).mutation(({ ctx }) =>
    ctx.audit.describe({ target: 'x' }),
  ),
  broken: procedure({ access: 'owner', limit: 'control', audit: false })
    .input(z.object({ code: z.enum(['cannot_start', 'unavailable']) }))
    .mutation(({ input: { code } }) => {
      throw new AppError(code, 'No.')
    }),
  ticks: procedure({ access: 'owner', limit: 'control', audit: false })
    .input(z.object({ fail: z.boolean() }))
    .subscription(async function* ({ input: { fail } }) {
      yield 1
      if (fail) throw new Error('a mistake')
    }),
  locked: procedure({ access: 'owner', limit: 'control', audit: false }).query(() => {
    throw Object.assign(new Error('SQLITE_BUSY: database is locked'), { code: 'SQLITE_BUSY' })
  }),
})

const open = async (authenticate: () => Promise<Actor> = async () => ({ kind: 'local', user: 'ada', pid: 1 })) => {
  const test = await openTestApi()
  const logged: string[] = []
  const note = (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void logged.push(`${message} ${fields?.path}`)
  const log = { info: () => undefined, warn: note, error: note }
  const deps = { database: async () => test.database, clock: test.clock, log }
  const audit = createAuditLog(deps)
  const connection = makeConnection({ transport: 'unix', address: 'unix' })
  const context: Context = {
    connection,
    meter: createMeters(test.clock)(connection),
    core: { clock: test.clock, log, audit, authenticate, refusals: createRefusalFold({ ...deps, audit }) },
    services: test.api.createContext(connection).services,
  }
  const rows = async () => (await test.auditRows()).map(({ event, outcome, reason }) => [event, outcome, reason])
  const callWith = (signal: AbortSignal) => createCallerFactory(routes)(context, { signal })
  return {
    call: createCallerFactory(routes)(context),
    callWith,
    logged,
    rows,
    test,
    [Symbol.asyncDispose]: test[Symbol.asyncDispose],
  }
}

describe('a call that is audited', () => {
  it('has one row when it succeeds, with what the use case said about it', async () => {
    await using it = await open()
    await it.call.after({ end: 'succeed' })
    expect(await it.test.auditRows()).toMatchObject([
      { event: 'session.renamed', outcome: 'ok', actor: 'local:ada', target: 'web', session: 's1', address: 'unix' },
    ])
  })

  it('has one row when it is refused by the use case, by its input, or fails', async () => {
    await using it = await open()
    await expect(it.call.after({ end: 'refuse' })).rejects.toThrow('No.')
    await expect(it.call.after({ end: 'nonsense' as 'refuse' })).rejects.toThrow()
    await expect(it.call.after({ end: 'break' })).rejects.toThrow()
    expect(await it.rows()).toEqual([
      ['session.renamed', 'refused', 'conflict'],
      ['session.renamed', 'refused', 'bad_request'],
      ['session.renamed', 'failed', 'internal'],
    ])
  })

  it('keeps the row of an effect that was begun, and gets noun.failed when it did not work', async () => {
    await using it = await open()
    await it.call.before({ end: 'succeed' })
    expect(await it.rows()).toEqual([['session.started', 'ok', null]])
    await expect(it.call.before({ end: 'break' })).rejects.toThrow()
    expect((await it.rows()).slice(1)).toEqual([
      ['session.started', 'ok', null],
      ['session.failed', 'failed', 'internal'],
    ])
  })

  it('cannot answer without its row, nor write it twice', async () => {
    await using it = await open()
    await expect(it.call.forgotten()).rejects.toThrow(/without its audit row/)
    await expect(it.call.twice()).rejects.toThrow(/twice/)
    await expect(it.call.unaudited()).rejects.toThrow(/audit: false/)
  })
})

describe('what the log of the daemon tells', () => {
  it('is what broke, not what a caller mistyped', async () => {
    await using it = await open()
    await expect(it.call.broken({ code: 'cannot_start' })).rejects.toThrow('No.')
    expect(it.logged).toEqual([])
    await expect(it.call.broken({ code: 'unavailable' })).rejects.toThrow('No.')
    expect(it.logged).toEqual(['a call failed broken'])
  })
})

describe('open streams of one connection', () => {
  it('are bounded, and every way in which one ends frees its place', async () => {
    await using it = await open()
    const abort = new AbortController()
    const openTick = (fail = false) => {
      it.test.clock.advance(1000)
      return it.call.ticks({ fail })
    }
    const streams = []
    for (let n = 0; n < limits.subscriptions.perConnection - 1; n += 1) streams.push(await openTick())
    const never = await it.callWith(abort.signal).ticks({ fail: false })
    const refused = () => expect(openTick()).rejects.toMatchObject({ errorCode: 'at_capacity' })
    await refused()

    const drain = async (stream: AsyncIterable<unknown>) => {
      for await (const _event of stream);
    }
    // Read to its end.
    await drain(streams.pop() as AsyncIterable<unknown>)
    const failing = await openTick(true)
    await refused()
    await expect(drain(failing)).rejects.toThrow()
    // Left in the middle.
    const left = await openTick()
    await refused()
    for await (const _event of left) break
    const last = await openTick()
    await refused()
    // Connection lost before anybody read it.
    expect(never).toBeDefined()
    abort.abort()
    const after = await openTick()
    await refused()
    await Promise.all([last, after, ...streams].map(drain))
    expect((await Promise.all(Array.from({ length: 5 }, () => openTick()))).length).toBe(5)
  })

  it('are at most 8 of session.changes, of each connection', async () => {
    await using test = await openTestApi()
    const call = test.call(test.browsers.owner.webSocket())
    const streams = []
    for (let n = 0; n < 8; n += 1) streams.push((await call.session.changes())[Symbol.asyncIterator]())
    await expect(call.session.changes()).rejects.toMatchObject({ errorCode: 'at_capacity' })
    const other = await test.call(test.browsers.owner.webSocket()).session.changes()
    await other[Symbol.asyncIterator]().return?.()
    await streams[0]?.return?.()
    streams.push((await call.session.changes())[Symbol.asyncIterator]())
    await Promise.all(streams.map((stream) => stream.return?.()))
  })
})

describe('a database in trouble', () => {
  it('is told to the caller in a sentence', async () => {
    await using it = await open()
    await expect(it.call.locked()).rejects.toMatchObject({
      errorCode: 'unavailable',
      message: expect.stringMatching(/holds a lock/),
    })
  })

  it('lets nobody in: who cannot be looked up is refused', async () => {
    await using it = await open(() => Promise.reject(Object.assign(new Error('x'), { code: 'SQLITE_IOERR' })))
    await expect(it.call.after({ end: 'succeed' })).rejects.toMatchObject({ errorCode: 'unavailable' })
    expect(await it.rows()).toEqual([])
  })
})
