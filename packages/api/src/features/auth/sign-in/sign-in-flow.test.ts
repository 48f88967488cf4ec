import { describe, expect, it } from 'vitest'
import { nextState, passwordProved, type SignInEvent, type SignInState, signInFlow } from './sign-in-flow.ts'

const states: SignInState[] = ['anonymous', 'started', 'second_factor', 'onboarding', 'enrolment', 'signed_in']
const events: SignInEvent[] = [
  'started',
  'bootstrap_proved',
  'factor_asked',
  'enrolment_asked',
  'nothing_asked',
  'password_refused',
  'code_accepted',
  'code_refused',
  'tries_used_up',
  'password_chosen',
  'enrolled',
  'enrolment_skipped',
  'given_up',
]

/** Every state against every event, in the order above. `.`: cannot happen. */
const expected: Record<SignInState, string> = {
  anonymous: 'started . . . . . . . . . . . .',
  started: '. onboarding second_factor enrolment signed_in anonymous . . . . . . anonymous',
  second_factor: '. . . . . . signed_in second_factor anonymous . . . anonymous',
  onboarding: '. . . . . . . . . enrolment . . anonymous',
  enrolment: '. . . . . . . . . . signed_in signed_in anonymous',
  signed_in: '. . . . . . . . . . . . .',
}

describe('the way in', () => {
  it.each(states)('from %s leads only where the table says', (state) => {
    expect(events.map((event) => nextState(state, event) ?? '.').join(' ')).toBe(expected[state])
  })

  it('has no state and no event beside these', () => {
    expect(Object.keys(signInFlow).sort()).toEqual(states.toSorted())
    expect(new Set(Object.values(signInFlow).flatMap(Object.keys))).toEqual(new Set(events))
  })

  it('never passes by a second factor that is asked for', () => {
    const reachable = new Set<SignInState>(['second_factor'])
    const withoutCode = events.filter((event) => event !== 'code_accepted' && event !== 'started')
    for (const state of reachable) {
      for (const event of withoutCode) {
        const next = nextState(state, event)
        if (next !== null) reachable.add(next)
      }
    }
    expect([...reachable].sort()).toEqual(['anonymous', 'second_factor'])
  })
})

describe('a right password', () => {
  it.each([
    // isBootstrap, isEnrolled, isFactorRequired
    [false, false, false, 'nothing_asked'],
    [false, false, true, 'enrolment_asked'],
    [false, true, false, 'factor_asked'],
    [false, true, true, 'factor_asked'],
    [true, false, false, 'bootstrap_proved'],
    [true, false, true, 'bootstrap_proved'],
    [true, true, false, 'bootstrap_proved'],
    [true, true, true, 'bootstrap_proved'],
  ])('of the setup %s, with a factor %s, required %s: %s', (isBootstrap, isEnrolled, isFactorRequired, event) => {
    expect(passwordProved({ isBootstrap, isEnrolled, isFactorRequired })).toBe(event)
  })
})
