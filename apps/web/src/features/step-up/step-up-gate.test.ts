import { expect, it } from 'vitest'
import { createStepUp } from './step-up-gate.ts'

const refusal = new Error('step_up_required')

/** A daemon that refuses until somebody proved who they are, and a person who answers when the test says so. */
const setUp = () => {
  let proven = false
  const questions: ((yes: boolean) => void)[] = []
  const calls: string[] = []
  const withStepUp = createStepUp({
    prove: () =>
      new Promise((resolve) => {
        questions.push((yes) => {
          proven ||= yes
          resolve(yes)
        })
      }),
    isRefusal: (error) => error === refusal,
  })
  const call = (name: string) => async () => {
    calls.push(name)
    if (!proven) throw refusal
    return { name }
  }
  const questionAsked = () => expect.poll(() => questions.length).toBeGreaterThan(0)
  return { withStepUp, call, calls, questions, questionAsked }
}

it('a call that needs no proof asks no question', async () => {
  const { withStepUp, questions } = setUp()
  expect(await withStepUp(async () => ({ ok: true }))).toEqual({ ok: true })
  expect(questions).toHaveLength(0)
})

it('a refused call is repeated after the proof, and its answer is the answer', async () => {
  const { withStepUp, call, calls, questions, questionAsked } = setUp()
  const answer = withStepUp(call('change'))
  await questionAsked()
  questions[0]?.(true)
  expect(await answer).toEqual({ name: 'change' })
  expect(calls).toEqual(['change', 'change'])
})

it('cancelling leaves everything as it was, and the next action asks anew', async () => {
  const { withStepUp, call, calls, questions, questionAsked } = setUp()
  const first = withStepUp(call('first'))
  await questionAsked()
  questions[0]?.(false)
  expect(await first).toBeUndefined()
  expect(calls).toEqual(['first'])
  const second = withStepUp(call('second'))
  await expect.poll(() => questions.length).toBe(2)
  questions[1]?.(true)
  expect(await second).toEqual({ name: 'second' })
})

it('two actions at once ask one question, and both go on', async () => {
  const { withStepUp, call, questions, questionAsked } = setUp()
  const both = Promise.all([withStepUp(call('a')), withStepUp(call('b'))])
  await questionAsked()
  questions[0]?.(true)
  expect(await both).toEqual([{ name: 'a' }, { name: 'b' }])
  expect(questions).toHaveLength(1)
})

it('cancelling the question of two actions cancels both', async () => {
  const { withStepUp, call, questions, questionAsked } = setUp()
  const both = Promise.all([withStepUp(call('a')), withStepUp(call('b'))])
  await questionAsked()
  questions[0]?.(false)
  expect(await both).toEqual([undefined, undefined])
  expect(questions).toHaveLength(1)
})

it('a refusal that arrives after the proof of another action asks no second question', async () => {
  const { withStepUp, call, questions, questionAsked } = setUp()
  let refuseLate!: () => void
  const late = new Promise<never>((_, reject) => {
    refuseLate = () => reject(refusal)
  })
  const answers: (() => Promise<{ name: string }>)[] = [() => late, call('late')]
  const slow = withStepUp(() => (answers.shift() as () => Promise<{ name: string }>)())
  const quick = withStepUp(call('quick'))
  await questionAsked()
  questions[0]?.(true)
  await quick
  refuseLate()
  expect(await slow).toEqual({ name: 'late' })
  expect(questions).toHaveLength(1)
})

it('a proof that did not help ends in the refusal, not in a second question', async () => {
  const { withStepUp, questions, questionAsked } = setUp()
  const answer = withStepUp(() => Promise.reject<object>(refusal))
  await questionAsked()
  questions[0]?.(true)
  await expect(answer).rejects.toBe(refusal)
  expect(questions).toHaveLength(1)
})

it('any other failure is the caller’s: no question, no repetition', async () => {
  const { withStepUp, questions } = setUp()
  let tries = 0
  const failure = new Error('conflict')
  const answer = withStepUp(async () => {
    tries += 1
    throw failure
  })
  await expect(answer).rejects.toBe(failure)
  expect([tries, questions.length]).toEqual([1, 0])
})
