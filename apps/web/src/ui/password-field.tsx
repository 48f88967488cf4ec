import { createSignal, type JSX, Show } from 'solid-js'
import { Field } from './field.tsx'

interface PasswordFieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly autocomplete: 'current-password' | 'new-password'
  /** Whose password it is, for password managers. Where the form has a field for the name, leave it out. */
  readonly user?: string
  readonly hint?: JSX.Element
  readonly problem?: string | undefined
  readonly autofocus?: boolean
}

/** A password with a button that shows it: seeing it beats typing it twice (NIST SP 800-63B-4, 3.1.1.2). */
export const PasswordField = (props: PasswordFieldProps): JSX.Element => {
  const [shown, setShown] = createSignal(false)
  return (
    <>
      <Show when={props.user}>{(user) => <HiddenName user={user()} />}</Show>
      <Field
        label={props.label}
        type={shown() ? 'text' : 'password'}
        mono={shown()}
        autocomplete={props.autocomplete}
        value={props.value}
        onInput={props.onInput}
        hint={props.hint}
        problem={props.problem}
        autofocus={props.autofocus ?? false}
        end={
          <button
            type="button"
            class="input-end"
            // The field keeps the focus, and a phone its keyboard.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => setShown(!shown())}
          >
            {shown() ? 'Hide' : 'Show'}
            <span class="visually-hidden"> the password</span>
          </button>
        }
      />
    </>
  )
}

/** Password managers file a password under a name, also where people type none. */
const HiddenName = (props: { user: string }): JSX.Element => (
  <input
    class="visually-hidden"
    type="text"
    autocomplete="username"
    value={props.user}
    readOnly
    tabindex="-1"
    aria-label="Account"
  />
)
