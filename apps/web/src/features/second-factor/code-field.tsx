import './second-factor.css'
import type { JSX } from 'solid-js'
import { Field } from '../../ui/field.tsx'
import { digitsOf, parseCode } from './code.ts'

interface CodeFieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (digits: string) => void
  /** Six digits are there, typed, pasted or filled in: nothing more needs to be pressed. */
  readonly onComplete: (code: string) => void
  readonly hint?: JSX.Element | undefined
  readonly problem?: string | undefined
  readonly autofocus?: boolean
}

/** The six digits of an authenticator. Phones offer number keys and fill in codes by themselves; a pasted space does no harm. */
export const CodeField = (props: CodeFieldProps): JSX.Element => (
  <div class="code-field">
    <Field
      numeric
      label={props.label}
      autocomplete="one-time-code"
      value={props.value}
      onInput={(typed) => {
        const digits = digitsOf(typed)
        props.onInput(digits)
        const code = parseCode(digits)
        if (code !== undefined) props.onComplete(code)
      }}
      hint={props.hint}
      problem={props.problem}
      autofocus={props.autofocus ?? false}
    />
  </div>
)
