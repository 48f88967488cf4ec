import { AppError } from '../../../errors.ts'
import type { StoredUser, UserStore } from '../users/user.store.ts'

/** Whom a command on the machine means: the named user, or the only one there is. */
export const findUser = async (
  users: Pick<UserStore, 'all' | 'byName'>,
  name: string | undefined,
): Promise<StoredUser> => {
  if (name !== undefined) {
    const user = await users.byName(name)
    if (user === null) throw new AppError('not_found', 'There is no such user. `sallyport auth status` lists them.')
    return user
  }
  const [only, another] = await users.all()
  if (only === undefined) throw new AppError('not_found', 'There is no user yet.')
  if (another !== undefined) throw new AppError('bad_request', 'There are several users. Say which one with --user.')
  return only
}
