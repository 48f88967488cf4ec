import { expect, it } from 'vitest'
import { callFailure } from './call-failure.ts'
import { failedCall, refusal } from './failed-call-fixture.ts'

it('no answer, or an answer of somebody else, is not mistaken for a wrong password', async () => {
  const networkGone = await failedCall(() => Promise.reject(new TypeError('Failed to fetch')))
  expect(callFailure(networkGone)).toEqual({ kind: 'away' })
  const proxyPage = await failedCall(async () => new Response('<h1>502 Bad Gateway</h1>', { status: 502 }))
  expect(callFailure(proxyPage)).toEqual({ kind: 'away' })
})

it('every answer of the daemon that the page treats in its own way is recognised', async () => {
  expect(callFailure(await refusal({ code: 'sign_in_failed', httpStatus: 401 }))).toEqual({ kind: 'wrong' })
  expect(callFailure(await refusal({ code: 'unauthenticated', httpStatus: 401 }))).toEqual({ kind: 'over' })
  expect(callFailure(await refusal({ code: 'session_expired', httpStatus: 401 }))).toEqual({ kind: 'over' })
  const limited = { code: 'too_many_requests', httpStatus: 429, retryAfterSeconds: 42 } as const
  expect(callFailure(await refusal(limited))).toEqual({ kind: 'limited', retryAfterSeconds: 42 })
})

it('any other refusal is said in the daemon’s words', async () => {
  expect(callFailure(await refusal({ code: 'conflict', httpStatus: 409 }, 'the name is taken'))).toEqual({
    kind: 'other',
    code: 'conflict',
    sentence: 'The name is taken.',
  })
})

it('a failure of the page itself is said in its own words', () => {
  const sentence = 'This browser could not start it.'
  expect(callFailure(new Error(sentence))).toEqual({ kind: 'other', sentence })
})
