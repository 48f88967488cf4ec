import type { Whoami } from '@sallyport/contract/auth'
import type { SignInOptions } from '@sallyport/contract/sign-in'
import { type Accessor, createSignal, onCleanup, onMount } from 'solid-js'
import type { Daemon } from '../../lib/daemon.ts'
import { errorSentence } from '../../lib/error-sentence.ts'
import { callFailure } from './call-failure.ts'

const FIRST_RETRY_MS = 1000
const SLOWEST_RETRY_MS = 15_000

export interface Asking {
  /** Why the daemon does not answer, a sentence; undefined while it does. */
  readonly away: Accessor<string | undefined>
  /** Asks now and, while nobody answers, again by itself, ever more slowly. */
  readonly ask: () => void
}

/** Asks the daemon who this browser is and how people sign in: when the page opens, and whenever a call of it found nobody. */
export const createAsking = (
  http: Daemon['http'],
  answered: (whoami: Whoami, options: SignInOptions) => void,
): Asking => {
  const [away, setAway] = createSignal<string>()
  let retryMs = FIRST_RETRY_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0

  const ask = (): void => {
    clearTimeout(timer)
    const mine = ++last
    void Promise.all([http.auth.whoami.query(), http.auth.signInOptions.query()]).then(
      ([whoami, options]) => {
        if (mine !== last) return
        retryMs = FIRST_RETRY_MS
        setAway(undefined)
        answered(whoami, options)
      },
      (error: unknown) => {
        if (mine !== last) return
        setAway(
          callFailure(error).kind === 'away' ? 'The daemon does not answer. Is it running?' : errorSentence(error),
        )
        timer = setTimeout(ask, retryMs)
        retryMs = Math.min(2 * retryMs, SLOWEST_RETRY_MS)
      },
    )
  }
  onMount(() => {
    ask()
    addEventListener('online', ask)
  })
  onCleanup(() => {
    last += 1
    clearTimeout(timer)
    removeEventListener('online', ask)
  })
  return { away, ask }
}
