import type { AuthSession, Role } from '@sallyport/contract/auth'
import type { AccountSecurity } from '@sallyport/contract/sign-in'

export const roleWords: Readonly<Record<Role, string>> = {
  owner: 'Owner: may do everything',
  operator: 'Operator: may start sessions and type into them',
  viewer: 'Viewer: may look, not type',
}

/** Where the password comes from when it is not the account's own (A1). */
export const passwordOrigin = (mode: AccountSecurity['mode']): string =>
  mode === 'ephemeral'
    ? 'The daemon makes a new password at every start, so it cannot be changed here. On the machine, this prints it:'
    : 'The password is chosen where the daemon is started, by SALLYPORT_PASSWORD, SALLYPORT_PASSWORD_FILE or a systemd credential, and cannot be changed here.'

/** A3: with a second factor a shorter password is enough. */
export const passwordMinLength = (account: Pick<AccountSecurity, 'secondFactor'>): 8 | 15 =>
  account.secondFactor === null ? 15 : 8

export const otherDevicesWords = (revoked: number): string => {
  if (revoked === 0) return 'No other device was signed in.'
  return revoked === 1 ? '1 other device was signed out.' : `${revoked} other devices were signed out.`
}

/** At this number it is time for new codes: a phone may break on any day. */
const LOW_CODES = 3

export const recoveryCodesLeft = (left: number): { readonly words: string; readonly low: boolean } => ({
  words:
    left === 0 ? 'None left' : left === 1 ? 'Only 1 left' : left <= LOW_CODES ? `Only ${left} left` : `${left} left`,
  low: left <= LOW_CODES,
})

/** This browser first, then the latest sign-in: an order that does not change under the cursor while devices are used. */
export const inDeviceOrder = (devices: readonly AuthSession[]): AuthSession[] =>
  [...devices].sort(
    (a, b) =>
      Number(b.current) - Number(a.current) || b.createdAt.localeCompare(a.createdAt) || a.id.localeCompare(b.id),
  )
