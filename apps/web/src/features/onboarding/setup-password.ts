/**
 * The setup password, from the sign-in page that it was typed on to the page that must refuse it as the new one (A4). In memory only, so a reload forgets
 * it; it is worth nothing any more once a password of one's own is set.
 */
let typed: string | undefined

export const rememberSetupPassword = (password: string): void => {
  typed = password
}
export const knownSetupPassword = (): string | undefined => typed
export const forgetSetupPassword = (): void => {
  typed = undefined
}
