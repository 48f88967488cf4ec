import { followSessions } from '@sallyport/client/sessions'
import type { Session, SessionProvider } from '@sallyport/contract/session'
import { type Accessor, createContext, createSignal, useContext } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { Daemon } from '../../lib/daemon.ts'
import { errorSentence } from '../../lib/error-sentence.ts'
import { createFresh, type Fresh } from '../../lib/fresh.ts'

export interface SessionList {
  readonly sessions: Readonly<Record<string, Session>>
  /** False until the first snapshot is here. */
  readonly loaded: Accessor<boolean>
  /** Why the list is not live any more, a sentence; undefined while it is. */
  readonly failure: Accessor<string | undefined>
  /** What a session can be started as; asked with the list, and again by whoever is about to start one. */
  readonly providers: Fresh<{ providers: SessionProvider[] }>
  /** Begins to listen, once; again after a failure. */
  start(): void
}

/** All sessions, pushed by the daemon. It lives as long as the tab, so going back to the list shows it at once. */
export const createSessionList = (daemon: Daemon): SessionList => {
  const [sessions, setSessions] = createStore<Record<string, Session>>({})
  const [loaded, setLoaded] = createSignal(false)
  const [failure, setFailure] = createSignal<string>()
  const providers = createFresh(() => daemon.client.session.providers.query())
  let listening = false

  const start = (): void => {
    if (listening) return
    listening = true
    setFailure(undefined)
    void providers.refresh()
    followSessions(daemon.client, {
      snapshot: (all) => {
        // It comes again after every reconnect; rows that did not change are not drawn anew.
        setSessions(reconcile(Object.fromEntries(all.map((session) => [session.id, session]))))
        setLoaded(true)
      },
      changed: (session) => setSessions(session.id, reconcile(session)),
      removed: (id) => {
        const { [id]: _, ...others } = sessions
        setSessions(reconcile(others))
      },
      failed: (error) => {
        listening = false
        if (daemon.state().kind !== 'signedOut') setFailure(errorSentence(error))
      },
    })
  }
  return { sessions, loaded, failure, providers, start }
}

const SessionListContext = createContext<SessionList>()
export const SessionListProvider = SessionListContext.Provider

export const useSessionList = (): SessionList => {
  const list = useContext(SessionListContext)
  if (!list) throw new Error('useSessionList outside of SessionListProvider')
  list.start()
  return list
}
