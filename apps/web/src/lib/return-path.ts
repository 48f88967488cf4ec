const KEY = 'sallyport.return-to'
export const HOME = '/sessions'

/** Pages that end a sign-in must not be where the next one returns to: that would be a loop. */
const endsSignIn = /^\/(?:sign-in|launch)(?:[/?]|$)/

/** `localPath` of the contract, without pulling its schemas into the page; a test keeps the two together. */
const ourPath = /^\/(?![/\\])[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/
const MAX_LENGTH = 512

/** A path that is safe to navigate to after signing in; anything else (other hosts, schemes, backslashes, loops) becomes the list. */
export const safeReturnPath = (path: string | null): string => {
  if (path === null || endsSignIn.test(path)) return HOME
  return path.length <= MAX_LENGTH && ourPath.test(path) ? path : HOME
}

/** Remembers the page for this tab only. It is a path, not a secret; the fragment, which may hold a ticket, is not part of it. */
export const rememberReturnPath = (storage: Storage, path: string): void => {
  if (safeReturnPath(path) === path) storage.setItem(KEY, path)
}

export const takeReturnPath = (storage: Storage): string => {
  const path = safeReturnPath(storage.getItem(KEY))
  storage.removeItem(KEY)
  return path
}
