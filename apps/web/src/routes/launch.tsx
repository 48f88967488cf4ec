import { A } from '@solidjs/router'
import { createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { useGoOn } from '../features/auth/go-on.ts'
import { useDaemon } from '../lib/daemon.ts'
import { errorSentence } from '../lib/error-sentence.ts'
import { HOME, safeReturnPath, takeReturnPath } from '../lib/return-path.ts'

const ticketPattern = /^#[A-Za-z0-9_-]{43}$/

/** Takes the ticket out of the address before anything else can see it: the history, a screenshot, a copied link (A12). */
const takeTicket = (): string | undefined => {
  const { hash, pathname } = window.location
  window.history.replaceState(window.history.state, '', pathname)
  return ticketPattern.test(hash) ? hash.slice(1) : undefined
}

/** Redeems the ticket of `sallyport open` and goes on to where it leads. */
export const LaunchPage = (): JSX.Element => {
  const { http } = useDaemon()
  const goOn = useGoOn()
  const [failure, setFailure] = createSignal<string>()
  document.title = 'Signing in · Sallyport'

  const redeem = async (ticket: string): Promise<void> => {
    try {
      const { redirectTo } = await http.auth.redeemTicket.mutate({ ticket })
      const remembered = takeReturnPath(sessionStorage)
      const to = safeReturnPath(redirectTo)
      goOn(to === HOME ? remembered : to)
    } catch (error) {
      setFailure(errorSentence(error))
    }
  }

  const begin = (): void => {
    setFailure(undefined)
    const ticket = takeTicket()
    if (ticket === undefined) setFailure('This link is not complete.')
    else void redeem(ticket)
  }
  /** A new link pasted into the tab of an old one changes the fragment only: the browser does not load the page again. */
  const pasted = (): void => {
    if (window.location.hash !== '') begin()
  }
  onMount(() => {
    begin()
    window.addEventListener('hashchange', pasted)
    onCleanup(() => window.removeEventListener('hashchange', pasted))
  })

  return (
    <main class="notice-page">
      <div class="notice-card">
        <Show
          when={failure()}
          fallback={
            <>
              <h1>Signing in…</h1>
              <p class="muted" role="status">
                One moment.
              </p>
            </>
          }
        >
          {(sentence) => (
            <>
              <h1>This link does not sign you in</h1>
              <p role="alert">{sentence()}</p>
              <p class="muted">
                A link works once, and for one minute. Run <code>sallyport open</code> again for a new one.
              </p>
              <p>
                <A href="/sign-in">Sign in another way</A>
              </p>
            </>
          )}
        </Show>
      </div>
    </main>
  )
}
