/**
 * Where a browser stands on its way in. Only the states between the first message and the auth session are kept (`pending-sign-ins.ts`); `anonymous` and
 * `signed_in` are what lies before and behind them.
 */
export type SignInState = 'anonymous' | PendingState | 'signed_in'
export type PendingState = 'started' | 'second_factor' | 'onboarding' | 'enrolment'

export type SignInEvent =
  /** The first message was answered. */
  | 'started'
  /** The bootstrap password was right (first run). */
  | 'bootstrap_proved'
  /** The password was right, and … */
  | 'factor_asked'
  | 'enrolment_asked'
  | 'nothing_asked'
  | 'password_refused'
  /** A code of the second factor. */
  | 'code_accepted'
  | 'code_refused'
  | 'tries_used_up'
  /** First run: name and own password are stored. */
  | 'password_chosen'
  /** The new second factor was confirmed with its first code. */
  | 'enrolled'
  /** Only where no second factor is required. */
  | 'enrolment_skipped'
  /** Too old; its cookie started another sign-in; or somebody changed the password meanwhile. */
  | 'given_up'

/**
 * The whole way in (A2, A4), and the only one. What does not stand here does not happen: no event leads from `second_factor` to a new enrolment, none past the
 * second factor, and none back.
 */
export const signInFlow: Readonly<Record<SignInState, Readonly<Partial<Record<SignInEvent, SignInState>>>>> = {
  anonymous: {
    started: 'started',
  },
  started: {
    bootstrap_proved: 'onboarding',
    factor_asked: 'second_factor',
    enrolment_asked: 'enrolment',
    nothing_asked: 'signed_in',
    password_refused: 'anonymous',
    given_up: 'anonymous',
  },
  second_factor: {
    code_accepted: 'signed_in',
    code_refused: 'second_factor',
    tries_used_up: 'anonymous',
    given_up: 'anonymous',
  },
  onboarding: {
    password_chosen: 'enrolment',
    given_up: 'anonymous',
  },
  enrolment: {
    enrolled: 'signed_in',
    enrolment_skipped: 'signed_in',
    given_up: 'anonymous',
  },
  /** The auth session takes over: it ends by its own rules, and another sign-in begins beside it. */
  signed_in: {},
}

/** Null: this cannot happen here. */
export const nextState = (state: SignInState, event: SignInEvent): SignInState | null =>
  signInFlow[state][event] ?? null

/** What a right password means for this account. */
export const passwordProved = (account: {
  readonly isBootstrap: boolean
  readonly isEnrolled: boolean
  readonly isFactorRequired: boolean
}): SignInEvent => {
  if (account.isBootstrap) return 'bootstrap_proved'
  // Whoever has a second factor is asked for it, required or not.
  if (account.isEnrolled) return 'factor_asked'
  return account.isFactorRequired ? 'enrolment_asked' : 'nothing_asked'
}
