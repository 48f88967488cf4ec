import { expect, it } from 'vitest'
import { afterEvent, type SignInEvent, type SignInView } from './sign-in-steps.ts'

const options = {
  mode: 'accounts',
  asksUserName: false,
  isFirstRun: false,
  stretching: { memoryKib: 19_456, iterations: 2, parallelism: 1 },
  serverId: 'install',
} as const
const firstRun = { ...options, isFirstRun: true }

const views = {
  asking: { kind: 'asking' },
  password: { kind: 'password', options },
  totp: { kind: 'second_factor', options, method: 'totp' },
  recovery: { kind: 'second_factor', options, method: 'recovery_code' },
  recovered: { kind: 'recovered', codesLeft: 9 },
  toPage: { kind: 'leaving', to: 'page' },
  toOnboarding: { kind: 'leaving', to: 'onboarding' },
} as const satisfies Record<string, SignInView>

const events = {
  answered: { kind: 'answered', options },
  isUser: { kind: 'recognised', as: 'user' },
  inSetup: { kind: 'recognised', as: 'onboarding' },
  signedIn: { kind: 'proved', next: 'signed_in' },
  needsCode: { kind: 'proved', next: 'second_factor' },
  needsSetup: { kind: 'proved', next: 'onboarding' },
  needsEnrolment: { kind: 'proved', next: 'enrolment' },
  toRecovery: { kind: 'switched', method: 'recovery_code' },
  toTotp: { kind: 'switched', method: 'totp' },
  verified: { kind: 'verified', recoveryCodesLeft: null },
  verifiedByRecovery: { kind: 'verified', recoveryCodesLeft: 9 },
  tooOld: { kind: 'started_over', why: 'too_old' },
} as const satisfies Record<string, SignInEvent>

/** Every change there is. What is not in the table must change nothing. */
const table: Partial<Record<keyof typeof views, Partial<Record<keyof typeof events, SignInView>>>> = {
  asking: { answered: views.password },
  password: {
    answered: views.password,
    signedIn: views.toPage,
    needsCode: views.totp,
    needsSetup: views.toOnboarding,
    needsEnrolment: views.toOnboarding,
  },
  totp: {
    toRecovery: views.recovery,
    toTotp: views.totp,
    verified: views.toPage,
    verifiedByRecovery: views.recovered,
    tooOld: { ...views.password, again: 'too_old' },
  },
  recovery: {
    toRecovery: views.recovery,
    toTotp: views.totp,
    verified: views.toPage,
    verifiedByRecovery: views.recovered,
    tooOld: { ...views.password, again: 'too_old' },
  },
}

it('every event leads from every view to where the table says, and nowhere else', () => {
  for (const [from, view] of Object.entries(views)) {
    for (const [name, event] of Object.entries(events)) {
      const anywhere = { isUser: views.toPage, inSetup: views.toOnboarding }[name]
      const listed = table[from as keyof typeof views]?.[name as keyof typeof events]
      expect(afterEvent(view, event), `${name} in ${from}`).toEqual(anywhere ?? listed ?? view)
    }
  }
})

it('a daemon that started anew while the page was open is asked in its new way', () => {
  expect(afterEvent(views.password, { kind: 'answered', options: firstRun })).toEqual({
    kind: 'password',
    options: firstRun,
  })
})
