import { type BrowserClient, createBrowserClient } from '@sallyport/client/browser'
import type { Connection } from '@sallyport/client/link'
import type { Whoami } from '@sallyport/contract/auth'
import { type Accessor, createContext, createSignal, useContext } from 'solid-js'
import { say, sayFailure } from '../ui/toasts.tsx'
import { errorSentence } from './error-sentence.ts'

export type ConnectionState = ReturnType<Connection['state']>
/** Who may use the dashboard: somebody who signed in, or, in mode `off`, everybody on this machine. */
export type User = Extract<Whoami, { kind: 'user' | 'open' }>

/** The page's one door to the daemon: one WebSocket per tab, made with the first call. */
export interface Daemon extends BrowserClient {
  readonly state: Accessor<ConnectionState>
  /** Undefined until the daemon has said who we are. */
  readonly user: Accessor<User | undefined>
  /** Only for what is shown: the daemon enforces roles at every call (S6). */
  readonly mayOperate: Accessor<boolean>
  /** Sign-in is off (A1): sensitive changes are possible on the socket only. */
  readonly isOpen: Accessor<boolean>
  /** Milliseconds since 1970; until then the daemon asks for no step-up (A10). 0 while nothing was proved. */
  readonly provenUntil: Accessor<number>
  /** Asks the daemon again who we are: after a step-up, or a change of the account. */
  readonly identify: () => Promise<void>
}

export const createDaemon = (): Daemon => {
  const browser = createBrowserClient()
  const [state, setState] = createSignal<ConnectionState>(browser.connection.state())
  const [user, setUser] = createSignal<User>()

  const identify = async (): Promise<void> => {
    try {
      const whoami = await browser.client.auth.whoami.query()
      setUser(whoami.kind === 'user' || whoami.kind === 'open' ? whoami : undefined)
    } catch (error) {
      // A lost connection asks again when it is back; the state above the page shows it meanwhile.
      if (browser.connection.state().kind === 'open') sayFailure(errorSentence(error))
    }
  }

  browser.connection.onState((next) => {
    setState(next)
    // After every connect: a role may have changed while we were away (A9).
    if (next.kind === 'open') void identify()
  })
  return {
    ...browser,
    state,
    user,
    mayOperate: () => (user()?.role ?? 'viewer') !== 'viewer',
    isOpen: () => user()?.kind === 'open',
    provenUntil: () => {
      const known = user()
      return known?.kind === 'user' ? Date.parse(known.provenUntil) : 0
    },
    identify,
  }
}

const DaemonContext = createContext<Daemon>()
export const DaemonProvider = DaemonContext.Provider

export const useDaemon = (): Daemon => {
  const daemon = useContext(DaemonContext)
  if (!daemon) throw new Error('useDaemon outside of DaemonProvider')
  return daemon
}

/** Carries an action out and says how it went. True when it went well. */
export const attempt = async (action: () => Promise<unknown>, done?: string): Promise<boolean> => {
  try {
    await action()
    if (done !== undefined) say(done)
    return true
  } catch (error) {
    sayFailure(errorSentence(error))
    return false
  }
}
