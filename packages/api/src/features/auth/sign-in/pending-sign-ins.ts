import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import type { Secret } from '@sallyport/crypto/secret'
import { isToken, newToken, type RandomBytes, tokenHash } from '@sallyport/crypto/tokens'
import { createAlarm } from '../../../alarm.ts'
import type { Clock } from '../../../api-dependencies.ts'
import { addressGroup } from '../../../limits/client-address.ts'
import { limits } from '../../../limits/limits.ts'
import { tooManyAttempts } from '../../../limits/too-many-attempts.ts'
import type { BootstrapPassword } from '../passwords/bootstrap-password.ts'
import type { LoginState } from '../passwords/passwords.ts'
import type { StoredUser } from '../users/user.store.ts'
import { nextState, type PendingState, type SignInEvent, type SignInState } from './sign-in-flow.ts'

/** What each state of a sign-in keeps. */
export type SignInStage =
  | {
      readonly state: 'started'
      /** Null: nobody has this name, and the last message will be refused like any wrong one. */
      readonly user: StoredUser | null
      readonly login: LoginState
      /** The password was right: the point of the limits is given back. */
      readonly proved: () => Promise<void>
      /** No last message came: the first answer has told a guesser all it wanted to know. */
      readonly abandoned: () => void
    }
  | { readonly state: 'second_factor'; readonly user: StoredUser; readonly triesLeft: number }
  | {
      readonly state: 'onboarding'
      readonly user: StoredUser
      readonly bootstrap: BootstrapPassword
      /** Chosen with the first message of the registration. */
      readonly name: string | null
    }
  | { readonly state: 'enrolment'; readonly user: StoredUser }
type StageOf<S extends PendingState> = SignInStage & { readonly state: S }

export interface PendingSignIn<S extends PendingState = PendingState> {
  /** Stays the same from the first message to the auth session; not a secret. */
  readonly id: string
  /** Who shares the limits with this one (A13). */
  readonly client: string
  readonly expiresAt: number
  /** `endingsOf` its user when it began: one that is taken out at that moment is ended too. */
  readonly endings: number
  readonly stage: StageOf<S>
}

/** Where a sign-in comes from. A known device is counted apart from whoever else is at its address. */
export interface SignInOrigin {
  readonly address: string
  /** As `knownDevice` says. */
  readonly device: string | null
}

export interface SignInCookie {
  readonly token: string
  readonly maxAgeSeconds: number
}

/** Sign-ins under way (A2): in memory only, bounded, each known to one browser by its cookie alone. */
export interface PendingSignIns {
  /** Throws the 429 when this client has too many, not counting the one of this cookie, which gives way to the next. To be asked before a limit takes its point. */
  demandRoom(origin: SignInOrigin, token: string | undefined): void
  /** Throws that 429 as well: many at once found room. */
  begin(origin: SignInOrigin, stage: StageOf<'started'>): SignInCookie
  /** The one of this cookie, where it is in this state. */
  find<S extends PendingState>(token: string | undefined, state: S): PendingSignIn<S> | null
  /** As `find`, and it is gone: of two calls at once one gets it. */
  take<S extends PendingState>(token: string | undefined, state: S): PendingSignIn<S> | null
  /** One that was taken stands elsewhere now, under a new token: the old cookie is worth nothing. */
  moveOn(taken: PendingSignIn, event: SignInEvent, stage: SignInStage): SignInCookie
  /** Stands elsewhere now, under the same token. False: it is gone meanwhile. */
  change(token: string | undefined, event: SignInEvent, stage: SignInStage): boolean
  /** At onboarding: what the account is to be called. False: it is gone meanwhile. */
  name(token: string | undefined, name: string): boolean
  /** The event that signs in: true for one call, which opens the auth session. */
  complete(token: string | undefined, event: SignInEvent): boolean
  /** Gives up whatever this cookie stands for. */
  drop(token: string | undefined): void
  /** All of a user whose password or second factor changed, or who signs everything out: what they proved is not true any more. Also those being completed. */
  endAllOf(userId: string): void
  /** Everybody's. */
  endAll(): void
  /** How often this user's were ended. Compared when the auth session is open: what was ended since the proof does not sign in. */
  endingsOf(userId: string): number
  /** For `access/authenticate`: somebody who proved a password and has an account to set up. */
  onboardingOf(token: string): { user: string; step: 'password' | 'second_factor'; expiresAt: number } | null
}

/** A setup takes a person some minutes, or until tomorrow. */
const lifetimesMs: Readonly<Record<PendingState, number>> = {
  started: limits.pendingSignIn.lifetimeMs,
  second_factor: limits.pendingSignIn.secondFactorMs,
  onboarding: limits.pendingSignIn.onboardingMs,
  enrolment: limits.pendingSignIn.onboardingMs,
}

export const createPendingSignIns = (deps: {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly key: Secret<Uint8Array>
}): PendingSignIns => {
  const { clock } = deps
  /** By HMAC of the cookie's token, oldest first: a lookup tells a guesser nothing through timing. */
  const pending = new Map<string, PendingSignIn>()
  /** By user id. */
  const endings = new Map<string, number>()
  let endingsForAll = 0
  const alarm = createAlarm(clock, () => giveUpExpired())

  const keyOf = (token: string): string => Buffer.from(tokenHash(deps.key.reveal(), token)).toString('base64')

  const endingsOf = (userId: string | undefined): number =>
    endingsForAll + (userId === undefined ? 0 : (endings.get(userId) ?? 0))

  const giveUp = (key: string): void => {
    const one = pending.get(key)
    pending.delete(key)
    if (one?.stage.state === 'started') one.stage.abandoned()
  }

  const giveUpExpired = (): void => {
    const now = clock.now()
    for (const [key, { expiresAt }] of pending) if (expiresAt <= now) giveUp(key)
    const next = Math.min(...[...pending.values()].map(({ expiresAt }) => expiresAt))
    alarm.set(Number.isFinite(next) ? next : null)
  }

  const oldestKey = (matches: (one: PendingSignIn) => boolean): string | undefined =>
    [...pending].find(([, one]) => matches(one))?.[0]

  /** Whoever proved a password is kept before whoever only asked: strangers cannot push anybody out who is typing a code. */
  const makeRoom = (): void => {
    if (pending.size < limits.pendingSignIn.max) return
    const key = oldestKey(({ stage }) => stage.state === 'started') ?? oldestKey(() => true)
    if (key !== undefined) giveUp(key)
  }

  const put = (one: Omit<PendingSignIn, 'expiresAt'>): SignInCookie => {
    makeRoom()
    const lifetimeMs = lifetimesMs[one.stage.state]
    const token = newToken(deps.random)
    pending.set(keyOf(token), { ...one, expiresAt: clock.now() + lifetimeMs })
    giveUpExpired()
    return { token, maxAgeSeconds: Math.ceil(lifetimeMs / 1000) }
  }

  const entryOf = (token: string | undefined): readonly [string, PendingSignIn] | null => {
    if (token === undefined || !isToken(token)) return null
    const key = keyOf(token)
    const one = pending.get(key)
    if (one === undefined || one.expiresAt <= clock.now()) return null
    // Ended while it was taken, and moved on after that.
    return one.endings === endingsOf(one.stage.user?.id) ? [key, one] : null
  }

  const find: PendingSignIns['find'] = (token, state) => {
    const one = entryOf(token)?.[1]
    return one !== undefined && isIn(one, state) ? one : null
  }

  const demandRoom: PendingSignIns['demandRoom'] = (origin, token) => {
    giveUpExpired()
    const client = clientOf(origin)
    const replaced = entryOf(token)?.[1]
    const own = [...pending.values()].filter(
      (one) => one.client === client && one.stage.state === 'started' && one !== replaced,
    )
    if (own.length < limits.pendingSignIn.perClient) return
    throw tooManyAttempts(Math.min(...own.map(({ expiresAt }) => expiresAt)) - clock.now())
  }

  return {
    demandRoom,
    begin: (origin, stage) => {
      demandRoom(origin, undefined)
      const client = clientOf(origin)
      return put({ id: newId(deps.random, ID_ALPHABET, ID_LENGTH), client, endings: endingsOf(stage.user?.id), stage })
    },
    find,
    take: (token, state) => {
      const found = find(token, state)
      if (found !== null && token !== undefined) pending.delete(keyOf(token))
      return found
    },
    moveOn: ({ id, client, endings: before, stage: from }, event, stage) => {
      demandStep(from.state, event, stage.state)
      // Right passwords cost no point, so these are bounded per client too: the oldest gives way.
      const own = [...pending].filter(([, one]) => one.client === client && one.stage.state !== 'started')
      const [oldest] = own[0] ?? []
      if (own.length >= limits.pendingSignIn.perClient && oldest !== undefined) giveUp(oldest)
      return put({ id, client, endings: before, stage })
    },
    change: (token, event, stage) => {
      const entry = entryOf(token)
      if (entry === null) return false
      const [key, one] = entry
      demandStep(one.stage.state, event, stage.state)
      pending.set(key, { ...one, stage })
      return true
    },
    name: (token, name) => {
      const entry = entryOf(token)
      if (entry === null || !isIn(entry[1], 'onboarding')) return false
      const [key, { stage, ...one }] = entry
      pending.set(key, { ...one, stage: { ...stage, name } })
      return true
    },
    complete: (token, event) => {
      const entry = entryOf(token)
      if (entry === null) return false
      const [key, one] = entry
      demandStep(one.stage.state, event, 'signed_in')
      return pending.delete(key)
    },
    drop: (token) => {
      if (token !== undefined && isToken(token)) giveUp(keyOf(token))
    },
    endAllOf: (userId) => {
      endings.set(userId, (endings.get(userId) ?? 0) + 1)
      for (const [key, { stage }] of pending) if (stage.user?.id === userId) giveUp(key)
    },
    endAll: () => {
      endingsForAll += 1
      for (const key of pending.keys()) giveUp(key)
    },
    endingsOf,
    onboardingOf: (token) => {
      const one = entryOf(token)?.[1]
      if (one === undefined || !(isIn(one, 'onboarding') || isIn(one, 'enrolment'))) return null
      const step = one.stage.state === 'onboarding' ? 'password' : 'second_factor'
      return { user: one.stage.user.name, step, expiresAt: one.expiresAt }
    },
  }
}

const clientOf = ({ address, device }: SignInOrigin): string =>
  device === null ? addressGroup(address) : `device ${device}`

/** The table decides, whatever a use case believes. */
const demandStep = (from: SignInState, event: SignInEvent, to: SignInState): void => {
  if (nextState(from, event) !== to) throw new Error(`no sign-in goes from ${from} to ${to} by ${event}`)
}

const isIn = <S extends PendingState>(one: PendingSignIn, state: S): one is PendingSignIn<S> =>
  one.stage.state === state
