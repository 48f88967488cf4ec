import { type BrowserClient, createBrowserClient } from '@sallyport/client/browser'
import type { Connection } from '@sallyport/client/link'
import type { Whoami } from '@sallyport/contract/auth'
import { type Accessor, createContext, createSignal, useContext } from 'solid-js'
import { say, sayFailure } from '../ui/toasts.tsx'
import { errorSentence } from './error-sentence.ts'

export type ConnectionState = ReturnType<Connection['state']>
type User = Extract<Whoami, { kind: 'user' }>

/** The page's one door to the daemon: one WebSocket per tab, made with the first call. */
export interface Daemon extends BrowserClient {
  readonly state: Accessor<ConnectionState>
  /** Undefined until the daemon has said who we are. */
  readonly user: Accessor<User | undefined>
  /** Only for what is shown: the daemon enforces roles at every call (S6). */
  readonly mayOperate: Accessor<boolean>
}

export const createDaemon = (): Daemon => {
  const browser = createBrowserClient()
  const [state, setState] = createSignal<ConnectionState>(browser.connection.state())
  const [user, setUser] = createSignal<User>()

  /** Asked after every connect: a role may have changed while we were away (A9). */
  const identify = async (): Promise<void> => {
    try {
      const whoami = await browser.client.auth.whoami.query()
      setUser(whoami.kind === 'user' ? whoami : undefined)
    } catch (error) {
      // A lost connection asks again when it is back; the state above the page shows it meanwhile.
      if (browser.connection.state().kind === 'open') sayFailure(errorSentence(error))
    }
  }

  browser.connection.onState((next) => {
    setState(next)
    if (next.kind === 'open') void identify()
  })
  return { ...browser, state, user, mayOperate: () => (user()?.role ?? 'viewer') !== 'viewer' }
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
