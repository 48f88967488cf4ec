import { afterEach, expect, it, vi } from 'vitest'
import { createAttempt } from './create-attempt.ts'
import { failedCall, refusal } from './failed-call-fixture.ts'

afterEach(() => vi.useRealTimers())

/** What the attempt needs of a form: somewhere to look for the field that is wrong. */
const setUp = () => {
  const focused: string[] = []
  const field = { focus: () => focused.push('focus'), select: () => focused.push('select') }
  const form = { querySelector: () => field } as unknown as HTMLElement
  const attempt = createAttempt({ form: () => form, explain: ({ kind }) => (kind === 'over' ? undefined : kind) })
  return { attempt, focused }
}

it('Enter pressed twice is one try', async () => {
  const { attempt } = setUp()
  let tries = 0
  let answer!: (problem: string | undefined) => void
  const action = () => {
    tries += 1
    return new Promise<string | undefined>((resolve) => {
      answer = resolve
    })
  }
  const first = attempt.run(action)
  await attempt.run(action)
  expect(tries).toBe(1)
  expect(attempt.busy()).toBe(true)
  answer(undefined)
  await first
  expect(attempt.busy()).toBe(false)
})

it('what is wrong is said, and the person is back in the field with it selected', async () => {
  const { attempt, focused } = setUp()
  await attempt.run(async () => 'This password is wrong.')
  expect(attempt.problem()).toBe('This password is wrong.')
  expect(focused).toEqual(['focus', 'select'])
  await attempt.run(async () => undefined)
  expect(attempt.problem()).toBeUndefined()
  expect(focused).toHaveLength(2)
})

it('a call that ended with the daemon away leaves the form usable', async () => {
  const { attempt } = setUp()
  const gone = await failedCall(() => Promise.reject(new TypeError('Failed to fetch')))
  await attempt.run(() => Promise.reject(gone))
  expect(attempt.problem()).toBe('away')
  expect(attempt.busy()).toBe(false)
})

it('over the limit nothing is tried before the time is there', async () => {
  const limited = await refusal({ code: 'too_many_requests', httpStatus: 429, retryAfterSeconds: 30 })
  vi.useFakeTimers({ now: 0 })
  const { attempt } = setUp()
  let tries = 0
  const action = () => {
    tries += 1
    return tries === 1 ? Promise.reject(limited) : Promise.resolve(undefined)
  }
  await attempt.run(action)
  expect(attempt.problem()).toBe('limited')
  expect(attempt.waitSeconds()).toBe(30)
  vi.advanceTimersByTime(29_000)
  await attempt.run(action)
  expect(tries).toBe(1)
  vi.advanceTimersByTime(1000)
  await attempt.run(action)
  expect(tries).toBe(2)
  expect(attempt.problem()).toBeUndefined()
})
