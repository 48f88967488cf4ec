import { useNavigate } from '@solidjs/router'
import { useDaemon } from '../../lib/daemon.ts'
import { takeReturnPath } from '../../lib/return-path.ts'

/** Leaves a page of the sign-in for the one that the person wanted: `path`, or where this tab was before it had to sign in. */
export const useGoOn = (): ((path?: string) => void) => {
  const daemon = useDaemon()
  const navigate = useNavigate()
  return (path = takeReturnPath(sessionStorage)) => {
    // A page whose connection ended for good starts afresh.
    if (daemon.state().kind === 'signedOut') window.location.replace(path)
    else navigate(path, { replace: true })
  }
}
