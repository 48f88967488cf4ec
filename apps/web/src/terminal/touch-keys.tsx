import { keyBytes } from '@sallyport/contract/keys'
import { For, type JSX } from 'solid-js'
import { Icon } from '../ui/icon.tsx'

interface TouchKeysProps {
  readonly ctrl: boolean
  readonly onCtrl: () => void
  /** DECCKM, asked at the moment of the tap. */
  readonly applicationCursor: () => boolean
  readonly onKey: (data: string) => void
  readonly onPaste: () => void
}

const keys: readonly { readonly key: string; readonly face: string; readonly label: string }[] = [
  { key: 'esc', face: 'Esc', label: 'Esc' },
  { key: 'tab', face: 'Tab', label: 'Tab' },
  { key: 'left', face: '←', label: 'Left' },
  { key: 'up', face: '↑', label: 'Up' },
  { key: 'down', face: '↓', label: 'Down' },
  { key: 'right', face: '→', label: 'Right' },
  { key: '|', face: '|', label: 'Pipe' },
  { key: '/', face: '/', label: 'Slash' },
  { key: '-', face: '-', label: 'Dash' },
]

/** Keys that phone keyboards lack. A tap must not take the focus, or the keyboard on the screen would close. */
export const TouchKeys = (props: TouchKeysProps): JSX.Element => {
  const keepFocus = (event: Event): void => event.preventDefault()
  const ctrlButton = (
    <button
      type="button"
      class="touch-key"
      aria-pressed={props.ctrl}
      aria-label="Ctrl, for the next key"
      onClick={() => props.onCtrl()}
    >
      Ctrl
    </button>
  )
  return (
    <div class="touch-keys" role="toolbar" aria-label="Terminal keys" onPointerDown={keepFocus} onMouseDown={keepFocus}>
      <For each={keys}>
        {(key, index) => (
          <>
            <button
              type="button"
              class="touch-key"
              aria-label={key.label}
              onClick={() => {
                const data = keyBytes(key.key, { applicationCursor: props.applicationCursor() })
                if (data !== undefined) props.onKey(data)
              }}
            >
              {key.face}
            </button>
            {index() === 1 ? ctrlButton : null}
          </>
        )}
      </For>
      <button type="button" class="touch-key" aria-label="Paste" onClick={() => props.onPaste()}>
        <Icon name="paste" />
      </button>
    </div>
  )
}
