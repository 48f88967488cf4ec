import { newReadablePassword } from '@sallyport/crypto/readable-password'
import { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { Clock } from '../../../api-dependencies.ts'
import { limits } from '../../../limits/limits.ts'

/** A password for the first sign-in (A4). */
export interface BootstrapPassword {
  readonly text: Secret<string>
  readonly expiresAt: number
}

/** At most one at a time, in memory only. It exists from the moment that somebody on the machine asks for it: before that nobody could know it. */
export interface Bootstrap {
  /** The one that is good now, or null. */
  current(): BootstrapPassword | null
  /** A new one where none is good. */
  reveal(): BootstrapPassword
  /** One use: false when it was used meanwhile, has expired or gave way to another. Synchronous, so that of two sign-ins at once one gets false. */
  spend(password: BootstrapPassword): boolean
}

export const createBootstrap = (deps: { readonly clock: Clock; readonly random: RandomBytes }): Bootstrap => {
  let password: BootstrapPassword | null = null

  const current = (): BootstrapPassword | null =>
    password !== null && password.expiresAt > deps.clock.now() ? password : null

  return {
    current,
    reveal: () => {
      password = current() ?? {
        text: new Secret(newReadablePassword(deps.random)),
        expiresAt: deps.clock.now() + limits.bootstrapPassword.lifetimeMs,
      }
      return password
    },
    spend: (used) => {
      if (current() !== used) return false
      password = null
      return true
    },
  }
}
