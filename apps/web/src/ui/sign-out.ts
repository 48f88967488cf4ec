import { signInPath } from '../features/auth/why-signed-out.ts'
import type { Daemon } from '../lib/daemon.ts'
import { errorSentence } from '../lib/error-sentence.ts'
import { sayFailure } from './toasts.tsx'

let leaving = false

/** The button was pressed: the daemon then closes the connection, which is no news. */
export const isLeaving = (): boolean => leaving

/** Ends this browser's auth session. The page is loaded anew: nothing that it held is left. */
export const signOut = async (daemon: Pick<Daemon, 'http'>): Promise<void> => {
  leaving = true
  try {
    await daemon.http.auth.signOut.mutate()
    window.location.replace(signInPath('left'))
  } catch (error) {
    leaving = false
    sayFailure(errorSentence(error))
  }
}
