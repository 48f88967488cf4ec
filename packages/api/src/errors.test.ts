import { errorCodes } from '@sallyport/contract/error-code'
import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { AppError, publicError } from './errors.ts'
import { appRouter } from './router.ts'

const secret = 'hunter2 /root/.sallyport'

it('every code has the HTTP status of the contract, on every transport', () => {
  for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
    expect(getHTTPStatusCodeFromError(new AppError(code, 'no')), code).toBe(errorCodes[code].http)
  }
})

it('an unexpected error says nothing of itself, only where the log says more', () => {
  const error = new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: secret, cause: new Error(secret) })
  const said = publicError(error, () => 'ref-1')
  expect(said.data).toEqual({ code: 'internal', httpStatus: 500 })
  expect(said.message).toContain('ref-1')
  expect(JSON.stringify(said)).not.toContain('hunter2')
})

it('wrong input is one sentence that names the field and does not repeat the value', () => {
  const parsed = z.object({ deep: z.object({ count: z.number() }) }).safeParse({ deep: { count: secret } })
  const said = publicError(new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error }), () => '')
  expect(said.data.code).toBe('bad_request')
  expect(said.message).toMatch(/^deep\.count is not valid: /)
  expect(said.message).not.toContain('hunter2')
})

it('a database that another process locks is a sentence that says so, also from a stream or a download', () => {
  const busy = Object.assign(new Error('SQLITE_BUSY'), { code: 'SQLITE_BUSY' })
  const said = publicError(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: busy }), () => '')
  expect(said.data).toEqual({ code: 'unavailable', httpStatus: 503 })
  expect(said.message).toMatch(/Another process holds a lock/)
})

it('a refusal says when to come back, and keeps its cause to itself', () => {
  const error = new AppError('too_many_requests', 'Too many calls.', { retryAfterSeconds: 7, cause: new Error(secret) })
  expect(publicError(error, () => '')).toEqual({
    message: 'Too many calls.',
    data: { code: 'too_many_requests', httpStatus: 429, retryAfterSeconds: 7 },
  })
})

it('the formatter sends neither stack nor path of the server', () => {
  const error = new TRPCError({ code: 'NOT_FOUND', message: `No procedure found on path "${secret}"` })
  const shape = appRouter._def._config.errorFormatter({
    error,
    type: 'query',
    path: 'x',
    input: secret,
    ctx: undefined,
    shape: { message: error.message, code: -32004, data: { code: 'NOT_FOUND', httpStatus: 404, stack: 'at /root' } },
  })
  expect(shape).toEqual({ code: -32004, message: expect.any(String), data: { code: 'not_found', httpStatus: 404 } })
  expect(JSON.stringify(shape)).not.toMatch(/hunter2|root/)
})
