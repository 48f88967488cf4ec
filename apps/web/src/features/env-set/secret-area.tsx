import { createSignal, createUniqueId, type JSX, Show } from 'solid-js'

interface SecretAreaProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: JSX.Element
  readonly rows: number
  readonly placeholder?: string
  readonly autofocus?: boolean
}

/**
 * Text that nobody beside the person should read: dots until `Show`. Not a password field, which would drop the line breaks of a pasted key and make
 * password managers offer to keep it.
 */
export const SecretArea = (props: SecretAreaProps): JSX.Element => {
  const id = createUniqueId()
  const [shown, setShown] = createSignal(false)
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="input-frame">
        <textarea
          id={id}
          class="input mono secret-area"
          classList={{ concealed: !shown() && props.value !== '' }}
          rows={props.rows}
          placeholder={props.placeholder}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          data-autofocus={props.autofocus ? '' : undefined}
          aria-describedby={`${id}-hint`}
          autocomplete="off"
          autocapitalize="off"
          // Some browsers send what they check to a server.
          spellcheck={false}
        />
        <button
          type="button"
          class="input-end"
          aria-pressed={shown()}
          // The field keeps the focus, and a phone its keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => setShown(!shown())}
        >
          {shown() ? 'Hide' : 'Show'}
          <span class="visually-hidden"> {props.label}</span>
        </button>
      </div>
      <p class="hint" id={`${id}-hint`}>
        <Show when={props.hint}>{(hint) => hint()}</Show>
      </p>
    </div>
  )
}
