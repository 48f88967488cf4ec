import { createUniqueId, type JSX, Show } from 'solid-js'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: string | undefined
  readonly placeholder?: string | undefined
  readonly problem?: string | undefined
  readonly mono?: boolean
  readonly autofocus?: boolean
}

/** One line of text, with its hint and the sentence that says what is wrong with it. No browser help: what is typed here is code. */
export const Field = (props: FieldProps): JSX.Element => {
  const id = createUniqueId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="input"
        classList={{ mono: props.mono ?? false }}
        data-autofocus={props.autofocus ? '' : undefined}
        placeholder={props.placeholder}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        aria-invalid={props.problem !== undefined}
        aria-describedby={`${id}-hint ${id}-problem`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
      />
      <div id={`${id}-problem`} role="alert">
        <Show when={props.problem}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
      </div>
      <Show when={props.problem === undefined && props.hint}>
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      </Show>
    </div>
  )
}
