import type { Daemon } from '../../lib/daemon.ts'

/** `none`: was never signed in here. `left`: by the button. `expired`: by time. `revoked`: ended from elsewhere. */
export type SignedOutReason = 'none' | 'left' | 'expired' | 'revoked'

const reasons: readonly SignedOutReason[] = ['none', 'left', 'expired', 'revoked']

export const signInPath = (reason: SignedOutReason): string =>
  reason === 'none' ? '/sign-in' : `/sign-in?reason=${reason}`

/** An address is anybody's to write: an unknown reason is none. */
export const readReason = (value: unknown): SignedOutReason => reasons.find((reason) => reason === value) ?? 'none'

/** A closed WebSocket does not say why (A9); the daemon does when it is asked with the dead credential. */
export const whySignedOut = async (daemon: Pick<Daemon, 'user' | 'http'>): Promise<SignedOutReason> => {
  const user = daemon.user()
  try {
    const whoami = await daemon.http.auth.whoami.query()
    if (whoami.kind === 'anonymous' && whoami.reason === 'expired') return 'expired'
  } catch {
    // The daemon is away: what this page knows itself has to do.
  }
  if (user?.kind !== 'user') return 'none'
  return Date.parse(user.expiresAt) <= Date.now() ? 'expired' : 'revoked'
}
