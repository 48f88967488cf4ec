import type { AuthMode } from '@sallyport/contract/auth'
import type { revealedPassword } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import { AppError } from '../../../errors.ts'
import type { AuthCall } from '../call.ts'
import type { LocalDeps } from './local.ts'

/** `sallyport password`: the one that this daemon made up, where there is one. */
export const revealPassword = async (
  deps: Pick<LocalDeps, 'passwords' | 'mode'>,
  { audit }: AuthCall,
): Promise<z.input<typeof revealedPassword>> => {
  const revealed = await deps.passwords.reveal()
  if (revealed === null) throw new AppError('not_found', nothingToShow[deps.mode])
  const { password, kind, expiresAt } = revealed
  // The row first: a password that left the daemon is in the log, or it did not leave (L3).
  await audit.commit({ target: kind })
  return { password, kind, expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() }
}

const nothingToShow: Readonly<Record<AuthMode, string>> = {
  accounts: 'There is no password to show: an own one is set already. `sallyport auth reset-password` sets another.',
  password: 'There is no password to show: it is the one that the daemon was started with.',
  ephemeral: 'There is no password to show. Restart the daemon to make one.',
  off: 'There is no password to show: sign-in is off.',
}
