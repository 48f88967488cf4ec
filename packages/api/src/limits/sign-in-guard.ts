import type { Clock } from '../api-dependencies.ts'
import { type Attempts, givenBack } from './attempt-window.ts'
import { type BoundedMap, createBoundedMap } from './bounded-map.ts'
import { addressGroup } from './client-address.ts'
import { limits } from './limits.ts'
import { type AccountState, decideSignIn, type SignInRules, type SignInState } from './sign-in-limits.ts'
import { tooManyAttempts } from './too-many-attempts.ts'

export interface SignInAttempt {
  /** The client's address, as a trusted proxy names it. Believed only with `viaTrustedProxy`. */
  readonly client: string
  /** The other end of the TCP connection. */
  readonly peer: string
  readonly viaTrustedProxy: boolean
  /** Id of a device that signed in to exactly this account before, else null. */
  readonly device: string | null
  /** OPAQUE subject, real or invented: both are counted in the same way, so a limit tells nobody which names exist. */
  readonly account: string
  /** What the database knows of the account; null and 0 for an invented one. */
  readonly closedUntil: number | null
  readonly failedSignIns: number
}

export interface StartedSignIn {
  /** Gives the point back, once. */
  succeeded(): void
  /** If this one is wrong too, the account is to be closed for unknown devices. */
  readonly closesAccount: boolean
  /** False for a known device in its own bucket: its failures are not a stranger's. */
  readonly countsAgainstAccount: boolean
}

/** The state around `decideSignIn`: in memory, bounded, gone with a restart except what the database counts. */
export interface SignInGuard {
  /** Takes the point at the START: the first answer tells a guesser already whether the guess was right. Throws the 429. */
  begin(attempt: SignInAttempt): StartedSignIn
  /** Forgets what is held against an account (the windows of addresses stay). */
  unlock(account: string): void
}

export const createSignInGuard = (
  clock: Clock,
  rules: SignInRules,
  maxRemembered: number = limits.maxRemembered,
): SignInGuard => {
  let everybody: Attempts = []
  const clients = createBoundedMap<Attempts>(maxRemembered)
  const proxies = createBoundedMap<Attempts>(maxRemembered)
  const devices = createBoundedMap<Attempts>(maxRemembered)
  const accounts = createBoundedMap<AccountState>(maxRemembered)

  const keysOf = ({ client, peer, viaTrustedProxy, device, account }: SignInAttempt) => ({
    // Whatever a peer that is not a listed proxy says about others is not looked at.
    client: addressGroup(viaTrustedProxy ? client : peer),
    proxy: viaTrustedProxy ? addressGroup(peer) : null,
    device: device === null ? null : JSON.stringify([account, device]),
    account,
  })

  const load = (keys: ReturnType<typeof keysOf>, attempt: SignInAttempt, now: number): SignInState => {
    const known = accounts.get(keys.account)
    // The database still has a closing that has passed, and counts what led to it, until the first one after it was let through.
    const isStale = attempt.closedUntil !== null && attempt.closedUntil <= now
    return {
      everybody,
      client: clients.get(keys.client) ?? [],
      proxy: keys.proxy === null ? null : (proxies.get(keys.proxy) ?? []),
      device: keys.device === null ? null : (devices.get(keys.device) ?? []),
      account: {
        // Memory is ahead while attempts are under way, the database after a restart.
        failures: Math.max(isStale ? 0 : attempt.failedSignIns, known?.failures ?? 0),
        lastAt: known?.lastAt ?? null,
        // Memory has it from the database, and shorter where the clock was set back since.
        closedUntil: known?.closedUntil ?? (isStale ? null : attempt.closedUntil),
      },
    }
  }

  /** Whoever is refused must not push others out of memory by ever new names and addresses: only what is remembered already is kept up to date. */
  const store = (keys: ReturnType<typeof keysOf>, state: SignInState, allowed: boolean): void => {
    const keep = <V>(map: BoundedMap<V>, key: string | null, value: V | null): void => {
      if (key !== null && value !== null && (allowed || map.get(key) !== undefined)) map.set(key, value)
    }
    everybody = state.everybody
    keep(clients, keys.client, state.client)
    keep(proxies, keys.proxy, state.proxy)
    keep(devices, keys.device, state.device)
    // A closing that is not remembered yet comes from the database: no invented name, and to be counted from this clock on.
    if (state.account.closedUntil === null) keep(accounts, keys.account, state.account)
    else accounts.set(keys.account, state.account)
  }

  const giveBack = (to: BoundedMap<Attempts>, key: string | null, at: number): void => {
    const attempts = key === null ? undefined : to.get(key)
    if (key !== null && attempts !== undefined) to.set(key, givenBack(attempts, at))
  }

  return {
    begin: (attempt) => {
      const now = clock.now()
      const keys = keysOf(attempt)
      const decision = decideSignIn(load(keys, attempt, now), rules, now)
      store(keys, decision.state, decision.allowed)
      if (!decision.allowed) throw tooManyAttempts(decision.waitMs)
      const { as, closesAccount } = decision

      let isOver = false
      return {
        closesAccount,
        countsAgainstAccount: as === 'stranger',
        succeeded: () => {
          if (isOver) return
          isOver = true
          // What everybody together may start in a second bounds the work, right or wrong: that point stays taken.
          if (as === 'known_device') giveBack(devices, keys.device, now)
          else {
            giveBack(clients, keys.client, now)
            giveBack(proxies, keys.proxy, now)
          }
          const account = accounts.get(keys.account)
          if (account === undefined) return
          accounts.set(keys.account, {
            lastAt: account.lastAt,
            failures: 0,
            closedUntil: closesAccount ? null : account.closedUntil,
          })
        },
      }
    },
    unlock: (account) => accounts.delete(account),
  }
}
