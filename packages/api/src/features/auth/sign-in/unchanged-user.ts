import type { StoredUser, UserStore } from '../users/user.store.ts'

/** The user as they are now, or null when they are gone or have another password than the one that was proved: a sign-in under way does not outlive it. */
export const unchangedUser = async (
  users: Pick<UserStore, 'byId'>,
  proved: Pick<StoredUser, 'id' | 'passwordRecord'>,
): Promise<StoredUser | null> => {
  const now = await users.byId(proved.id)
  return now !== null && now.passwordRecord === proved.passwordRecord ? now : null
}
