import './second-factor.css'
import { useBeforeLeave } from '@solidjs/router'
import { createSignal, For, type JSX, onCleanup, onMount } from 'solid-js'
import { ask } from '../../ui/ask.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { recoveryFileName, recoveryText } from './recovery-file.ts'

export interface RecoveryCodeSheetProps {
  readonly codes: readonly string[]
  readonly user: string
  /** What the button says; `Done` unless given. */
  readonly done?: string
  /** The person ticked that the codes are saved and pressed the button. Until then leaving the page asks first (`QuestionDialog` must be mounted). */
  readonly onSaved: () => void
}

/** Browsers read the blob after the click, in their own time. */
const DOWNLOAD_STARTS_WITHIN_MS = 10_000

const download = (text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = recoveryFileName(location.host)
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_STARTS_WITHIN_MS)
}

/** Codes that are seen once: three ways to keep them, and no way on before they are kept. */
export const RecoveryCodeSheet = (props: RecoveryCodeSheetProps): JSX.Element => {
  const [saved, setSaved] = createSignal(false)
  const madeAt = new Date()
  const text = (): string => recoveryText({ codes: props.codes, user: props.user, host: location.host, madeAt })
  let finished = false

  const stay = (event: BeforeUnloadEvent): void => event.preventDefault()
  onMount(() => {
    window.addEventListener('beforeunload', stay)
    onCleanup(() => window.removeEventListener('beforeunload', stay))
  })
  useBeforeLeave((event) => {
    if (finished || event.defaultPrevented) return
    event.preventDefault()
    void ask({
      title: 'Leave without your recovery codes?',
      text: 'They are shown only this once. Without them, a lost phone locks you out of this browser.',
      confirm: 'Leave',
      dangerous: true,
    }).then((leave) => {
      if (leave) event.retry(true)
    })
  })

  return (
    <div class="recovery-sheet">
      <div class="recovery-print">
        <p class="print-only">
          Sallyport recovery codes of {props.user} on {location.host}, made {madeAt.toISOString().slice(0, 10)}. Each
          works once.
        </p>
        <ol class="recovery-codes" aria-label="Recovery codes">
          <For each={props.codes}>
            {(code) => (
              <li>
                <code>{code}</code>
              </li>
            )}
          </For>
        </ol>
      </div>
      <div class="recovery-keep">
        <CopyButton text={text()} label="Copy all recovery codes" />
        <button type="button" class="button" onClick={() => download(text())}>
          <Icon name="download" />
          Download
        </button>
        <button type="button" class="button" onClick={() => window.print()}>
          Print
        </button>
      </div>
      <label class="recovery-saved">
        <input type="checkbox" checked={saved()} onChange={(event) => setSaved(event.currentTarget.checked)} />
        <span>I have saved these codes where I find them without my phone</span>
      </label>
      <button
        type="button"
        class="button primary wide"
        disabled={!saved()}
        onClick={() => {
          finished = true
          window.removeEventListener('beforeunload', stay)
          props.onSaved()
        }}
      >
        {props.done ?? 'Done'}
      </button>
    </div>
  )
}
