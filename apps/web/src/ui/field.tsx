import { createUniqueId, type JSX, Show } from 'solid-js'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: JSX.Element | undefined
  readonly placeholder?: string | undefined
  readonly problem?: string | undefined
  readonly mono?: boolean
  readonly autofocus?: boolean
  /** What browsers and password managers may offer; nothing unless said: most of what is typed here is code. */
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'one-time-code'
  readonly type?: 'text' | 'password'
  /** Brings up the number keys of a phone. */
  readonly numeric?: boolean
  /** A control inside the field, at its end. */
  readonly end?: JSX.Element
}

/** One line of text, with its hint and the sentence that says what is wrong with it. */
export const Field = (props: FieldProps): JSX.Element => {
  const id = createUniqueId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="input-frame">
        <input
          id={id}
          class="input"
          classList={{ mono: props.mono ?? false }}
          type={props.type ?? 'text'}
          inputmode={props.numeric ? 'numeric' : undefined}
          data-autofocus={props.autofocus ? '' : undefined}
          placeholder={props.placeholder}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          aria-invalid={props.problem !== undefined}
          aria-describedby={`${id}-hint ${id}-problem`}
          autocomplete={props.autocomplete ?? 'off'}
          autocapitalize="off"
          spellcheck={false}
        />
        {props.end}
      </div>
      <div id={`${id}-problem`} role="alert">
        <Show when={props.problem}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
      </div>
      <Show when={props.problem === undefined && props.hint}>
        {(hint) => (
          <p class="hint" id={`${id}-hint`}>
            {hint()}
          </p>
        )}
      </Show>
    </div>
  )
}
