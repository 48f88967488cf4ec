import type { AccountSecurity } from '@sallyport/contract/sign-in'
import type { CallFailure } from '../auth/call-failure.ts'

/** `ticket`: a link of `sallyport open`, which is all that an account without password and second factor has. */
export type ProofWay = AccountSecurity['proofs'][number] | 'ticket'

/** What the button says that goes to another way. */
export const otherWays = { password: 'Use the password', totp: 'Use a code from the app' } as const

export const firstWay = (proofs: AccountSecurity['proofs']): ProofWay => proofs[0] ?? 'ticket'

export const wrongProof: Readonly<Record<ProofWay, string>> = {
  password: 'This password is wrong.',
  totp: 'This code is not right. Codes change every 30 seconds and work once: take the newest one.',
  ticket: 'This browser is not confirmed yet.',
}

/** Why a proof did not count, for the field that it was typed in. */
export const proofFailure = (way: ProofWay, failure: CallFailure): string => {
  switch (failure.kind) {
    case 'wrong':
      return wrongProof[way]
    case 'limited':
      return 'Too many wrong attempts. Wait before the next one.'
    case 'over':
      return 'This browser was signed out meanwhile. Load the page again.'
    case 'away':
      return 'The daemon cannot be reached. Is it running? Try again in a moment.'
    case 'other':
      return failure.sentence
  }
}
