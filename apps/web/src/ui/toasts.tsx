import { createSignal, For, type JSX } from 'solid-js'
import { Icon } from './icon.tsx'

interface Toast {
  readonly id: number
  readonly text: string
}

const SAID_MS = 5000
const [said, setSaid] = createSignal<readonly Toast[]>([])
const [failed, setFailed] = createSignal<readonly Toast[]>([])
let lastId = 0

const dismiss = (id: number): void => {
  setSaid((toasts) => toasts.filter((toast) => toast.id !== id))
  setFailed((toasts) => toasts.filter((toast) => toast.id !== id))
}

/** Something went well: announced politely, gone after a while. */
export const say = (text: string): void => {
  const id = ++lastId
  setSaid((toasts) => [...toasts.slice(-2), { id, text }])
  setTimeout(() => dismiss(id), SAID_MS)
}

/** Something failed: stays until it is closed, because a person may be looking elsewhere. The same sentence is not said twice. */
export const sayFailure = (text: string): void => {
  const id = ++lastId
  setFailed((toasts) => [...toasts.filter((toast) => toast.text !== text).slice(-2), { id, text }])
}

/** The live regions are in the page from the start; screen readers announce only what is added to an existing one. */
export const Toasts = (): JSX.Element => (
  <div class="toasts">
    <div role="alert" class="toast-region">
      <For each={failed()}>{(toast) => <ToastCard toast={toast} failed />}</For>
    </div>
    <div role="status" class="toast-region">
      <For each={said()}>{(toast) => <ToastCard toast={toast} failed={false} />}</For>
    </div>
  </div>
)

const ToastCard = (props: { toast: Toast; failed: boolean }): JSX.Element => (
  <div class="toast" classList={{ failed: props.failed }}>
    <p>{props.toast.text}</p>
    <button type="button" aria-label="Close this message" onClick={() => dismiss(props.toast.id)}>
      <Icon name="close" />
    </button>
  </div>
)
