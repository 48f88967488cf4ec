import { type AttemptRule, type Attempts, stillCounting, waitMs } from './attempt-window.ts'

/** The numbers of A13; `limits.signIn` has them with their reasons. */
export interface SignInRules {
  readonly windowMs: number
  readonly perClient: number
  readonly perProxy: number
  readonly perSecond: number
  readonly freePerAccount: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  readonly closeAfter: number
  readonly closedMs: number
}

/** Wrong guesses at one account from unknown devices. An attempt under way counts as wrong until it succeeded. */
export interface AccountState {
  /** In a row. */
  readonly failures: number
  /** null: none since the daemon started. */
  readonly lastAt: number | null
  /** May have passed. */
  readonly closedUntil: number | null
}

/** What is remembered of everybody whom one attempt concerns. */
export interface SignInState {
  readonly everybody: Attempts
  readonly client: Attempts
  /** null: no listed proxy stands between. */
  readonly proxy: Attempts | null
  readonly account: AccountState
  /** null: not a device that signed in to this account before. */
  readonly device: Attempts | null
}

export type SignInDecision =
  | { readonly allowed: false; readonly state: SignInState; readonly waitMs: number }
  | {
      readonly allowed: true
      readonly state: SignInState
      /** Whose bucket it was: a known device is judged apart from everybody who guesses at its account. */
      readonly as: 'known_device' | 'stranger'
      /** If this one is wrong too, the account closes for unknown devices. */
      readonly closesAccount: boolean
    }

const perClient = (rules: SignInRules): AttemptRule => ({ max: rules.perClient, windowMs: rules.windowMs })
const perProxy = (rules: SignInRules): AttemptRule => ({ max: rules.perProxy, windowMs: rules.windowMs })
const perSecond = (rules: SignInRules): AttemptRule => ({ max: rules.perSecond, windowMs: 1000 })

/**
 * May a sign-in start (A13)? A known device has a bucket of its own instead of all others, that of everybody together included: a million strangers who guess at
 * the owner's account cannot keep the owner out. Where that bucket is empty it is a stranger like any other. A refusal takes no point anywhere.
 */
export const decideSignIn = (before: SignInState, rules: SignInRules, now: number): SignInDecision => {
  const state = current(before, rules, now)
  if (state.device !== null && waitMs(state.device, perClient(rules), now) === 0) {
    const device = [...state.device, now]
    return { allowed: true, state: { ...state, device }, as: 'known_device', closesAccount: false }
  }
  const wait = Math.max(
    waitMs(state.everybody, perSecond(rules), now),
    waitMs(state.client, perClient(rules), now),
    state.proxy === null ? 0 : waitMs(state.proxy, perProxy(rules), now),
    accountWaitMs(state.account, rules, now),
  )
  if (wait > 0) return { allowed: false, state, waitMs: wait }

  const failures = state.account.failures + 1
  const closesAccount = failures >= rules.closeAfter
  return {
    allowed: true,
    as: 'stranger',
    closesAccount,
    state: {
      everybody: [...state.everybody, now],
      client: [...state.client, now],
      proxy: state.proxy === null ? null : [...state.proxy, now],
      account: { failures, lastAt: now, closedUntil: closesAccount ? now + rules.closedMs : state.account.closedUntil },
      device: state.device,
    },
  }
}

/** What still counts now; nothing lies in the future, so a clock that was set back neither opens nor closes anything for long. */
const current = (state: SignInState, rules: SignInRules, now: number): SignInState => ({
  everybody: stillCounting(state.everybody, perSecond(rules), now),
  client: stillCounting(state.client, perClient(rules), now),
  proxy: state.proxy === null ? null : stillCounting(state.proxy, perProxy(rules), now),
  device: state.device === null ? null : stillCounting(state.device, perClient(rules), now),
  account: currentAccount(state.account, rules, now),
})

/** A closing that has passed is over, with the failures that led to it: else one wrong guess a day would keep strangers out for ever, the owner's new phone among them. */
const currentAccount = (
  { failures, lastAt, closedUntil }: AccountState,
  rules: SignInRules,
  now: number,
): AccountState => {
  const isOver = closedUntil !== null && closedUntil <= now
  return {
    failures: isOver ? 0 : failures,
    lastAt: lastAt === null ? null : Math.min(lastAt, now),
    closedUntil: closedUntil === null || isOver ? null : Math.min(closedUntil, now + rules.closedMs),
  }
}

/** Of a closed account only that: its failures end with the closing, and their delay with them. */
const accountWaitMs = ({ failures, lastAt, closedUntil }: AccountState, rules: SignInRules, now: number): number => {
  if (closedUntil !== null) return closedUntil - now
  return lastAt === null ? 0 : Math.max(0, lastAt + delayMs(failures, rules) - now)
}

/** Between two attempts after so many failures in a row: none at first, then doubling up to a limit. */
const delayMs = (failures: number, rules: SignInRules): number =>
  failures < rules.freePerAccount
    ? 0
    : Math.min(rules.maxDelayMs, rules.firstDelayMs * 2 ** (failures - rules.freePerAccount))
