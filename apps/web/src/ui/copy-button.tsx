import { createSignal, type JSX, onCleanup, Show } from 'solid-js'
import { Icon } from './icon.tsx'
import { sayFailure } from './toasts.tsx'

const DONE_MS = 2000

/** Copies `text`. Where the page may not write the clipboard (plain http), it says what to do instead. */
export const CopyButton = (props: { text: string; label: string }): JSX.Element => {
  const [done, setDone] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text)
      setDone(true)
      clearTimeout(timer)
      timer = setTimeout(() => setDone(false), DONE_MS)
    } catch {
      sayFailure('This browser did not let the page copy. Select the text and copy it yourself.')
    }
  }
  return (
    <button type="button" class="button" onClick={() => void copy()} aria-label={props.label}>
      <Icon name={done() ? 'check' : 'copy'} />
      <Show when={done()} fallback="Copy">
        Copied
      </Show>
    </button>
  )
}
