import type { SecurityEvent } from '@sallyport/contract/sign-in'

interface Act {
  /** What happened, when it went well. */
  readonly done: string
  /** What was tried: `… was refused`, `… failed`. */
  readonly attempt: string
}

/** The events of an account (audit-event.ts in the api), in words. */
const acts: Readonly<Record<string, Act>> = {
  'sign_in.succeeded': { done: 'Signed in', attempt: 'A sign-in' },
  'ticket.created': { done: 'A sign-in link was made with sallyport open', attempt: 'A sign-in link' },
  'ticket.redeemed': { done: 'Signed in with a link of sallyport open', attempt: 'A sign-in link' },
  'auth_session.ended': { done: 'Signed out', attempt: 'A sign-out' },
  'auth_session.expired': { done: 'A sign-in expired', attempt: 'The end of a sign-in' },
  'auth_session.revoked': { done: 'A device was signed out', attempt: 'Signing a device out' },
  'auth_session.all_revoked': { done: 'Other devices were signed out', attempt: 'Signing other devices out' },
  'onboarding.completed': { done: 'The account was set up', attempt: 'Setting the account up' },
  'password.revealed': { done: 'The password was shown by sallyport password', attempt: 'Showing the password' },
  'password.changed': { done: 'The password was changed', attempt: 'A change of the password' },
  'password.reset': { done: 'The password was reset on the machine', attempt: 'A reset of the password' },
  'second_factor.enrolled': { done: 'A second factor was set up', attempt: 'Setting up a second factor' },
  'second_factor.removed': { done: 'The second factor was removed', attempt: 'Removing the second factor' },
  'second_factor.reset': {
    done: 'The second factor was reset on the machine',
    attempt: 'A reset of the second factor',
  },
  'recovery_code.used': { done: 'Signed in with a recovery code', attempt: 'A recovery code' },
  'recovery_code.renewed': { done: 'New recovery codes were made', attempt: 'Making new recovery codes' },
  'step_up.succeeded': { done: 'Confirmed that it is you', attempt: 'A confirmation that it is you' },
  'account.closed': {
    done: 'Closed for unknown devices after too many wrong guesses',
    attempt: 'Closing for unknown devices',
  },
  'account.unlocked': { done: 'Opened again for unknown devices', attempt: 'Opening for unknown devices' },
}

/** `<noun>.failed` belongs to what the noun is mostly about. */
const attemptsOfNoun: Readonly<Record<string, string>> = {
  ticket: 'A sign-in link',
  auth_session: 'Signing a device out',
  sign_in: 'A sign-in',
  onboarding: 'Setting the account up',
  password: 'A change of the password',
  second_factor: 'A code of the second factor',
  recovery_code: 'A recovery code',
  step_up: 'A confirmation that it is you',
  account: 'A change of the account',
}

/** `env_set.renamed` → `Env set: renamed`. For what a newer daemon knows and this page does not. */
const inWords = (name: string): string => {
  const words = name.replaceAll('_', ' ').replace('.', ': ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

const attemptOf = (event: string): string => {
  const noun = event.slice(0, event.indexOf('.'))
  if (event.endsWith('.failed')) return attemptsOfNoun[noun] ?? inWords(noun)
  return acts[event]?.attempt ?? inWords(event)
}

/** `ann (second_factor)`: the target of a right password that did not sign in yet, with what was asked next. */
const passwordAlone = /\((second_factor|enrolment|onboarding)\)$/
const afterPassword: Readonly<Record<string, string>> = {
  second_factor: 'The password was right; the second factor was asked for',
  enrolment: 'The password was right; a second factor had to be set up',
  onboarding: 'The setup password was used',
}

/** One event as a sentence, without time and place. */
export const eventSentence = ({ event, outcome, target, count }: Omit<SecurityEvent, 'at' | 'address'>): string => {
  if (outcome === 'ok') {
    const next = event === 'sign_in.succeeded' ? passwordAlone.exec(target ?? '')?.[1] : undefined
    const done = (next && afterPassword[next]) ?? acts[event]?.done ?? inWords(event)
    // One row for all of them: how many devices, accounts or codes.
    return count > 1 ? `${done} (${count}).` : `${done}.`
  }
  const sentence = `${attemptOf(event)} ${outcome === 'refused' ? 'was refused' : 'failed'}`
  return count > 1 ? `${sentence}, ${count} times.` : `${sentence}.`
}

/** What somebody should look at: refusals, and an account that was closed because of them. */
export const isAlarming = ({ event, outcome }: Pick<SecurityEvent, 'event' | 'outcome'>): boolean =>
  outcome !== 'ok' || event === 'account.closed'
