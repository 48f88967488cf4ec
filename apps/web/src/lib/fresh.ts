import { type Accessor, createSignal, onCleanup } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import { errorSentence } from './error-sentence.ts'

export interface Fresh<T> {
  /** Undefined until the first answer; afterwards always the last one. */
  readonly value: Accessor<T | undefined>
  /** Why the last question was not answered, a sentence. What was known before stays. */
  readonly failure: Accessor<string | undefined>
  refresh(): Promise<void>
}

/** What the daemon says, asked once and again with `refresh`. Parts that did not change are not drawn anew, so a button keeps its focus. */
export const createFresh = <T extends object>(ask: () => Promise<T>): Fresh<T> => {
  const [held, setHeld] = createStore<{ value: T | undefined }>({ value: undefined })
  const [failure, setFailure] = createSignal<string>()
  let lastTurn = 0

  const refresh = async (): Promise<void> => {
    lastTurn += 1
    const turn = lastTurn
    try {
      const value = await ask()
      // An answer that was overtaken by a later question is old news.
      if (turn !== lastTurn) return
      setHeld(reconcile({ value }))
      setFailure(undefined)
    } catch (error) {
      if (turn === lastTurn) setFailure(errorSentence(error))
    }
  }
  return { value: () => held.value, failure, refresh }
}

/** Calls `renew` when somebody comes back to the page: what it shows may have changed elsewhere. No polling. */
export const onReturn = (renew: () => void): void => {
  const back = (): void => {
    if (document.visibilityState === 'visible') renew()
  }
  window.addEventListener('focus', back)
  onCleanup(() => window.removeEventListener('focus', back))
}
