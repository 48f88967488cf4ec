import type { AuthSession } from '@sallyport/contract/auth'
import type { AccountSecurity, SecurityEvent } from '@sallyport/contract/sign-in'
import { type Accessor, createContext, createMemo, useContext } from 'solid-js'
import { createClock } from '../../lib/clock.ts'
import type { Daemon } from '../../lib/daemon.ts'
import { createFresh, type Fresh, onReturn } from '../../lib/fresh.ts'

/** What Settings shows of the caller's own account. */
export interface AccountSettings {
  readonly security: Fresh<AccountSecurity>
  readonly devices: Fresh<{ authSessions: AuthSession[] }>
  readonly events: Fresh<{ events: SecurityEvent[] }>
  /** All three are there, or have said why not. */
  readonly answered: Accessor<boolean>
  /** Why what is shown may be old, a sentence; undefined while it is not. */
  readonly stale: Accessor<string | undefined>
  readonly nowMs: Accessor<number>
  /** Asks for all of it again: most actions change more than one part. */
  refresh(): void
}

/** Asked when the page opens, after every action and when somebody comes back to it. */
export const createAccountSettings = ({ client }: Pick<Daemon, 'client'>): AccountSettings => {
  const security = createFresh(() => client.auth.security.query())
  const devices = createFresh(() => client.auth.listSessions.query())
  const events = createFresh(() => client.auth.securityEvents.query())
  const parts: readonly Fresh<object>[] = [security, devices, events]
  const refresh = (): void => {
    for (const part of parts) void part.refresh()
  }
  refresh()
  onReturn(refresh)
  const answered = createMemo(() => parts.every((part) => part.value() !== undefined || part.failure() !== undefined))
  const stale = (): string | undefined => parts.find((part) => part.value() !== undefined && part.failure())?.failure()
  return { security, devices, events, answered, stale, nowMs: createClock(), refresh }
}

const AccountSettingsContext = createContext<AccountSettings>()
export const AccountSettingsProvider = AccountSettingsContext.Provider

export const useAccountSettings = (): AccountSettings => {
  const settings = useContext(AccountSettingsContext)
  if (!settings) throw new Error('useAccountSettings outside of AccountSettingsProvider')
  return settings
}
