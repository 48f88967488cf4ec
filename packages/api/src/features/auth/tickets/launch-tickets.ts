import type { Secret } from '@sallyport/crypto/secret'
import { isToken, newToken, type RandomBytes, tokenHash } from '@sallyport/crypto/tokens'
import type { Clock } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits/limits.ts'

export interface LaunchTicket {
  readonly ticket: string
  readonly expiresAt: number
  /** Called when somebody uses it up. */
  onUsed(listener: () => void): void
}

interface Pending {
  readonly redirectTo: string
  readonly expiresAt: number
  onUsed: () => void
}

/** Launch tickets (SPEC A12): 256 bits, one minute, one use. Only hashes, only in memory: a restart voids them all. */
export interface LaunchTickets {
  mint(redirectTo: string): LaunchTicket
  /** Uses a ticket up, good or expired. Where to go, or null. Synchronous, so that of two at once one gets null. */
  redeem(ticket: string): string | null
}

export const createLaunchTickets = (deps: {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly key: Secret<Uint8Array>
}): LaunchTickets => {
  const pending = new Map<string, Pending>()
  const keyOf = (ticket: string): string => Buffer.from(tokenHash(deps.key.reveal(), ticket)).toString('base64')

  return {
    mint: (redirectTo) => {
      const now = deps.clock.now()
      for (const [key, { expiresAt }] of pending) if (expiresAt <= now) pending.delete(key)
      if (pending.size >= limits.ticket.maxPending) {
        throw new AppError('at_capacity', 'Too many tickets wait to be used. Try again in a minute.')
      }
      const ticket = newToken(deps.random)
      const expiresAt = now + limits.ticket.lifetimeMs
      const one: Pending = { redirectTo, expiresAt, onUsed: () => undefined }
      pending.set(keyOf(ticket), one)
      return {
        ticket,
        expiresAt,
        onUsed: (listener) => {
          one.onUsed = listener
        },
      }
    },
    redeem: (ticket) => {
      if (!isToken(ticket)) return null
      const key = keyOf(ticket)
      const found = pending.get(key)
      pending.delete(key)
      found?.onUsed()
      return found !== undefined && found.expiresAt > deps.clock.now() ? found.redirectTo : null
    },
  }
}
