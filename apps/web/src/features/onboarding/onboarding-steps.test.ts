import { expect, it } from 'vitest'
import { afterEvent, type OnboardingEvent, type OnboardingView, stepIndex } from './onboarding-steps.ts'

const options = {
  mode: 'accounts',
  asksUserName: false,
  isFirstRun: true,
  stretching: { memoryKib: 19_456, iterations: 2, parallelism: 1 },
  serverId: 'install',
} as const
const account = {
  kind: 'onboarding',
  user: 'alice',
  step: 'password',
  secondFactorRequired: true,
  expiresAt: '2026-11-22T12:00:00.000Z',
} as const
const enrolling = { ...account, step: 'second_factor' } as const
const codes = ['AAAA', 'BBBB']

const views = {
  asking: { kind: 'asking' },
  password: { kind: 'password', account, options },
  secondFactor: { kind: 'second_factor', account: enrolling, options },
  codes: { kind: 'recovery_codes', user: 'alice', codes },
  toPage: { kind: 'leaving', to: 'page' },
  toSignIn: { kind: 'leaving', to: 'sign_in' },
} as const satisfies Record<string, OnboardingView>

const events = {
  atPassword: { kind: 'answered', whoami: account, options },
  atSecondFactor: { kind: 'answered', whoami: enrolling, options },
  anonymous: { kind: 'answered', whoami: { kind: 'anonymous', reason: 'none' }, options },
  open: { kind: 'answered', whoami: { kind: 'open', user: 'owner', role: 'owner' }, options },
  passwordSet: { kind: 'password_set', user: 'alice' },
  enrolled: { kind: 'enrolled', codes },
  skipped: { kind: 'skipped' },
  saved: { kind: 'saved' },
  over: { kind: 'over' },
} as const satisfies Record<string, OnboardingEvent>

/** Every change there is. What is not in the table must change nothing. */
const table: Partial<Record<keyof typeof views, Partial<Record<keyof typeof events, OnboardingView>>>> = {
  asking: {
    atPassword: views.password,
    atSecondFactor: views.secondFactor,
    anonymous: views.toSignIn,
    open: views.toPage,
  },
  password: {
    atPassword: views.password,
    atSecondFactor: views.secondFactor,
    anonymous: views.toSignIn,
    open: views.toPage,
    passwordSet: views.secondFactor,
    over: views.toSignIn,
  },
  secondFactor: { enrolled: views.codes, skipped: views.toPage, over: views.toSignIn },
  codes: { saved: views.toPage },
}

it('every event leads from every view to where the table says, and nowhere else', () => {
  for (const [from, view] of Object.entries(views)) {
    for (const [name, event] of Object.entries(events)) {
      const expected = table[from as keyof typeof views]?.[name as keyof typeof events] ?? view
      expect(afterEvent(view, event), `${name} in ${from}`).toEqual(expected)
    }
  }
})

it('the progress line counts three steps', () => {
  expect([views.asking, views.password, views.secondFactor, views.codes].map(stepIndex)).toEqual([-1, 0, 1, 2])
})
