import type { ConfigEntry } from '@sallyport/contract/admin'
import type { AuthMode } from '@sallyport/contract/auth'
import { isLoopbackAddress } from '../addresses.ts'
import { passwordPlaces } from './password-source.ts'

/** A value that somebody wrote down, and where. */
export interface Said<T> {
  readonly value: T
  readonly source: ConfigEntry['source']
  readonly origin: string
}

/** All that has a say in how people sign in; null: nobody said it. */
export interface AuthSaid {
  readonly mode: Said<AuthMode> | null
  readonly enabled: Said<boolean> | null
  readonly requireMfa: Said<boolean> | null
  /** Where a password stands. */
  readonly password: Omit<Said<never>, 'value'> | null
  readonly host: string
  readonly publicUrls: readonly string[]
  readonly trustProxy: readonly string[]
}

export interface ResolvedAuth {
  readonly mode: AuthMode
  readonly requireSecondFactor: boolean
  /** What decided the mode; null: the default. */
  readonly decidedBy: Omit<Said<never>, 'value'> | null
}

const name = (key: string, { value, origin }: Said<unknown>): string => `${key}: ${String(value)} (${origin})`

/** `auth.enabled` is read as a mode (A1). */
const modeOfEnabled = (enabled: boolean): AuthMode => (enabled ? 'accounts' : 'off')

/** What was written about the mode itself, against itself and against a password. */
const modeProblems = ({ mode, enabled, password }: AuthSaid): string[] => {
  const problems: string[] = []
  const isSame = mode !== null && enabled !== null && modeOfEnabled(enabled.value) === mode.value
  if (mode !== null && enabled !== null && !isSame)
    problems.push(
      `${name('auth.mode', mode)} and ${name('auth.enabled', enabled)} contradict each other: auth.enabled means auth.mode ${modeOfEnabled(enabled.value)}; remove one of them`,
    )
  const explicit = mode === null ? enabled && name('auth.enabled', enabled) : name('auth.mode', mode)
  if (password !== null && explicit !== null && mode?.value !== 'password')
    problems.push(
      `a password (${password.origin}) and ${explicit} contradict each other: a password means auth.mode password; remove one of them`,
    )
  if (password === null && mode?.value === 'password')
    problems.push(`${name('auth.mode', mode)} needs a password: ${passwordPlaces}`)
  return problems
}

/** Mode off is for one machine whose every user may be you. What brings others in does not go with it. */
const offProblems = ({ host, publicUrls, trustProxy }: AuthSaid): string[] => {
  const stop = 'with sign-in off anybody who gets there could use your sessions; choose another auth.mode'
  return [
    ...(host === 'localhost' || isLoopbackAddress(host) ? [] : [`auth.mode off and http.host ${host}: ${stop}`]),
    ...(publicUrls.length === 0 ? [] : [`auth.mode off and public_urls: ${stop}`]),
    ...(trustProxy.length === 0 ? [] : [`auth.mode off and trust_proxy: ${stop}`]),
  ]
}

/**
 * How people sign in (A1), from everything that has a say in it. What contradicts itself stops the start: whichever half were believed, somebody would think that
 * they are protected by the other. The answer is the mode, or the sentences.
 */
export const resolveAuthMode = (said: AuthSaid): ResolvedAuth | readonly string[] => {
  const { mode, enabled, requireMfa, password } = said
  const decidedBy = mode ?? enabled ?? password
  const resolved = mode?.value ?? (enabled && modeOfEnabled(enabled.value)) ?? (password ? 'password' : 'accounts')
  const problems = modeProblems(said)
  if (resolved === 'off') problems.push(...offProblems(said))
  if (requireMfa?.value === true && resolved !== 'accounts')
    problems.push(
      `${name('auth.require_mfa', requireMfa)} goes with auth.mode accounts only: in mode ${resolved} ${
        resolved === 'off'
          ? 'nobody signs in'
          : 'a second factor is optional, and the owner turns it on in the settings'
      }; remove the key`,
    )
  if (problems.length > 0) return problems
  return {
    mode: resolved,
    requireSecondFactor: resolved === 'accounts' && requireMfa?.value !== false,
    decidedBy: decidedBy && { source: decidedBy.source, origin: decidedBy.origin },
  }
}
