import type { Whoami } from '@sallyport/contract/auth'
import type { SignInOptions } from '@sallyport/contract/sign-in'

type Onboarding = Extract<Whoami, { kind: 'onboarding' }>

/** What the setup shows. The daemon knows the step (W12), so a reload stays where it was; recovery codes alone are seen once. */
export type OnboardingView =
  | { readonly kind: 'asking' }
  | { readonly kind: 'password'; readonly account: Onboarding; readonly options: SignInOptions }
  | { readonly kind: 'second_factor'; readonly account: Onboarding; readonly options: SignInOptions }
  | { readonly kind: 'recovery_codes'; readonly user: string; readonly codes: readonly string[] }
  | { readonly kind: 'leaving'; readonly to: 'page' | 'sign_in' }

export type OnboardingEvent =
  | { readonly kind: 'answered'; readonly whoami: Whoami; readonly options: SignInOptions }
  | { readonly kind: 'password_set'; readonly user: string }
  | { readonly kind: 'enrolled'; readonly codes: readonly string[] }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'saved' }
  /** The daemon does not know this setup any more. */
  | { readonly kind: 'over' }

const asAnswered = (whoami: Whoami, options: SignInOptions): OnboardingView => {
  switch (whoami.kind) {
    case 'onboarding':
      return { kind: whoami.step, account: whoami, options }
    case 'anonymous':
      return { kind: 'leaving', to: 'sign_in' }
    default:
      return { kind: 'leaving', to: 'page' }
  }
}

/** The setup, as a table: what does not fit the view changes nothing. */
export const afterEvent = (view: OnboardingView, event: OnboardingEvent): OnboardingView => {
  switch (view.kind) {
    case 'asking':
      return event.kind === 'answered' ? asAnswered(event.whoami, event.options) : view
    case 'password':
      if (event.kind === 'over') return { kind: 'leaving', to: 'sign_in' }
      if (event.kind === 'answered') return asAnswered(event.whoami, event.options)
      if (event.kind !== 'password_set') return view
      return { ...view, kind: 'second_factor', account: { ...view.account, user: event.user, step: 'second_factor' } }
    case 'second_factor':
      if (event.kind === 'over') return { kind: 'leaving', to: 'sign_in' }
      if (event.kind === 'skipped') return { kind: 'leaving', to: 'page' }
      return event.kind === 'enrolled' ? { kind: 'recovery_codes', user: view.account.user, codes: event.codes } : view
    case 'recovery_codes':
      // Signed in by now: whatever the daemon answers, the codes stay until they are saved.
      return event.kind === 'saved' ? { kind: 'leaving', to: 'page' } : view
    case 'leaving':
      return view
  }
}

export const steps = [
  { kind: 'password', label: 'Password', title: 'Choose your name and password' },
  { kind: 'second_factor', label: 'Authenticator', title: 'Add an authenticator app' },
  { kind: 'recovery_codes', label: 'Recovery codes', title: 'Save your recovery codes' },
] as const

/** Where in `steps` a view is; -1 for a view that is none of them. */
export const stepIndex = (view: OnboardingView): number => steps.findIndex(({ kind }) => kind === view.kind)
