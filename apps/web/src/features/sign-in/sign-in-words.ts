import type { SignInOptions } from '@sallyport/contract/sign-in'
import type { SignedOutReason } from '../auth/why-signed-out.ts'
import type { SignInView, StartedOver } from './sign-in-steps.ts'

export interface Headline {
  readonly title: string
  readonly text?: string
}

const afterReason: Readonly<Record<SignedOutReason, Headline>> = {
  none: { title: 'Sign in' },
  left: { title: 'You are signed out', text: 'Your sessions go on without this browser.' },
  expired: {
    title: 'Your session has expired',
    text: 'Your terminals go on. Sign in again to return to where you were.',
  },
  revoked: {
    title: 'This browser was signed out',
    text: 'Its access was revoked from somewhere else. Your terminals go on.',
  },
}

const again: Readonly<Record<StartedOver, Headline>> = {
  asked: { title: 'Sign in' },
  too_old: { title: 'Sign in', text: 'That took too long. Start again with your password.' },
  too_many_codes: { title: 'Sign in', text: 'Too many wrong codes. Start again with your password.' },
}

const firstRun: Headline = {
  title: 'Set up Sallyport',
  text: 'Nobody has an account here yet. Enter the setup password to choose your own. On the machine of the daemon, this prints it:',
}

/** What stands above the form. A reason to be here is said once, before the first attempt. */
export const headline = (view: SignInView, reason: SignedOutReason): Headline => {
  switch (view.kind) {
    case 'password':
      if (view.options.isFirstRun) return firstRun
      return view.again === undefined ? afterReason[reason] : again[view.again]
    case 'second_factor':
      return view.method === 'totp'
        ? { title: 'Second step', text: 'The password was right. Now the code that your authenticator app shows.' }
        : { title: 'Second step', text: 'The password was right. Now one of your recovery codes.' }
    case 'recovered':
      return { title: 'You are signed in' }
    default:
      return afterReason[reason]
  }
}

/** The command that prints the password, where a command does. */
export const passwordCommand = ({ mode, isFirstRun }: SignInOptions): string | undefined =>
  isFirstRun || mode === 'ephemeral' ? 'sallyport password' : undefined

/** A password that a person chose here can be set anew on the machine (A11); others are read or changed where they come from. */
export const mayForget = ({ mode, isFirstRun }: SignInOptions): boolean => mode === 'accounts' && !isFirstRun

export const codesLeftSentence = (left: number): string => {
  if (left === 0) return 'That was your last recovery code. Make new ones now, or a lost phone locks you out.'
  const codes = left === 1 ? 'One recovery code is' : `${left} recovery codes are`
  return left <= 3 ? `${codes} left. Make new ones soon.` : `${codes} left. The one that you used works no more.`
}
