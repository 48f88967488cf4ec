import type { Whoami } from '@sallyport/contract/auth'
import type { SecondFactorInput, SignInOptions, SignInStep } from '@sallyport/contract/sign-in'

export type SecondFactorMethod = SecondFactorInput['method']

/** Why a person types the password a second time. */
export type StartedOver = 'asked' | 'too_old' | 'too_many_codes'

/** What the sign-in page shows. */
export type SignInView =
  /** The daemon has not said yet how people sign in here. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'password'; readonly options: SignInOptions; readonly again?: StartedOver }
  | { readonly kind: 'second_factor'; readonly options: SignInOptions; readonly method: SecondFactorMethod }
  /** Signed in by a recovery code: worth a word, because there is one less now. */
  | { readonly kind: 'recovered'; readonly codesLeft: number }
  | { readonly kind: 'leaving'; readonly to: 'page' | 'onboarding' }

export type SignInEvent =
  | { readonly kind: 'answered'; readonly options: SignInOptions }
  /** This browser is signed in already, needs no sign-in (mode `off`), or is in the middle of a setup. */
  | { readonly kind: 'recognised'; readonly as: 'user' | 'onboarding' }
  | { readonly kind: 'proved'; readonly next: SignInStep }
  | { readonly kind: 'switched'; readonly method: SecondFactorMethod }
  | { readonly kind: 'verified'; readonly recoveryCodesLeft: number | null }
  | { readonly kind: 'started_over'; readonly why: StartedOver }

/** What the daemon's answer to "who am I?" means on the sign-in page. */
export const recognise = (whoami: Whoami, options: SignInOptions): SignInEvent => {
  switch (whoami.kind) {
    case 'anonymous':
      return { kind: 'answered', options }
    case 'onboarding':
      return { kind: 'recognised', as: 'onboarding' }
    default:
      return { kind: 'recognised', as: 'user' }
  }
}

const afterPassword = (options: SignInOptions, next: SignInStep): SignInView => {
  switch (next) {
    case 'signed_in':
      return { kind: 'leaving', to: 'page' }
    case 'second_factor':
      return { kind: 'second_factor', options, method: 'totp' }
    case 'onboarding':
    case 'enrolment':
      return { kind: 'leaving', to: 'onboarding' }
  }
}

/** The page's half of the sign-in, as a table: what does not fit the view changes nothing, such as an answer that comes late. */
export const afterEvent = (view: SignInView, event: SignInEvent): SignInView => {
  if (event.kind === 'recognised') return { kind: 'leaving', to: event.as === 'user' ? 'page' : 'onboarding' }
  switch (view.kind) {
    case 'asking':
      return event.kind === 'answered' ? { kind: 'password', options: event.options } : view
    case 'password':
      // The daemon may have started anew, with another mode.
      if (event.kind === 'answered') return { ...view, options: event.options }
      return event.kind === 'proved' ? afterPassword(view.options, event.next) : view
    case 'second_factor':
      if (event.kind === 'switched') return { ...view, method: event.method }
      if (event.kind === 'started_over') return { kind: 'password', options: view.options, again: event.why }
      if (event.kind !== 'verified') return view
      return event.recoveryCodesLeft === null
        ? { kind: 'leaving', to: 'page' }
        : { kind: 'recovered', codesLeft: event.recoveryCodesLeft }
    case 'recovered':
    case 'leaving':
      return view
  }
}
