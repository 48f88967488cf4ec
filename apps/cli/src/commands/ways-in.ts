import type { AuthMode } from '@sallyport/contract/auth'

export interface SignInState {
  readonly mode: AuthMode
  /** Nobody has set a password yet. */
  readonly isFirstRun: boolean
}

/** How a person gets in, as the second half of a sentence that begins with where. */
export const waysIn = ({ mode, isFirstRun }: SignInState): string => {
  switch (mode) {
    case 'accounts':
      return isFirstRun ? 'setup password: sallyport password' : 'with your password, or without: sallyport open'
    case 'password':
      return 'with the password that it was started with, or without: sallyport open'
    case 'ephemeral':
      return 'password until its next start: sallyport password'
    case 'off':
      return 'no sign-in (auth.mode: off): whoever reaches it from this machine may do what you may'
  }
}
