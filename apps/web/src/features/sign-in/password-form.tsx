import type { SignInOptions, SignInStep } from '@sallyport/contract/sign-in'
import { createSignal, type JSX, onMount, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { Field } from '../../ui/field.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { AttemptButton } from '../auth/attempt-button.tsx'
import type { CallFailure } from '../auth/call-failure.ts'
import { createAttempt } from '../auth/create-attempt.ts'
import { focusFirst } from '../auth/focus-field.ts'
import { provePassword } from './opaque.ts'
import { expectExchange } from './open-exchange.ts'

interface PasswordFormProps {
  readonly options: SignInOptions
  /** `password` is what was typed: the setup compares the new one with it (A4). */
  readonly onProved: (next: SignInStep, password: string) => void
  /** The daemon did not answer. */
  readonly onAway: () => void
}

/** One field; a name only where there are several users. */
export const PasswordForm = (props: PasswordFormProps): JSX.Element => {
  const { http } = useDaemon()
  const [user, setUser] = createSignal('')
  const [password, setPassword] = createSignal('')
  let form!: HTMLFormElement
  onMount(() => focusFirst(form))

  const label = (): string => (props.options.isFirstRun ? 'Setup password' : 'Password')
  const wrong = (): string =>
    props.options.asksUserName
      ? 'This name and this password do not belong together.'
      : `This ${label().toLowerCase()} is wrong.`

  const explain = (failure: CallFailure): string | undefined => {
    switch (failure.kind) {
      case 'limited':
        return 'Too many wrong passwords. Wait, or sign in from the machine, as below.'
      case 'away':
        props.onAway()
        return undefined
      case 'other':
        return failure.sentence
      default:
        return wrong()
    }
  }
  const attempt = createAttempt({ form: () => form, explain })

  const prove = async (): Promise<string | undefined> => {
    if (password() === '') return `Type the ${label().toLowerCase()}.`
    const { stretching, serverId, asksUserName } = props.options
    const name = asksUserName ? { user: user().trim() } : {}
    const proof = await provePassword({
      password: password(),
      stretching,
      serverId,
      start: (request) => http.auth.startSignIn.mutate({ request, ...name }),
    })
    if (proof === 'wrong_password') return wrong()
    const { next } = await http.auth.finishSignIn.mutate(proof)
    const typed = password()
    setPassword('')
    props.onProved(next, typed)
    return undefined
  }

  return (
    <form
      ref={form}
      class="auth-form"
      method="post"
      novalidate
      onSubmit={(event) => {
        event.preventDefault()
        void attempt.run(prove)
      }}
    >
      <Show when={props.options.asksUserName} fallback={<HiddenName mode={props.options.mode} />}>
        <Field autofocus label="Name" autocomplete="username" value={user()} onInput={setUser} />
      </Show>
      <PasswordField
        autofocus={!props.options.asksUserName}
        label={label()}
        autocomplete="current-password"
        value={password()}
        onInput={(typed) => {
          expectExchange()
          setPassword(typed)
        }}
        problem={attempt.problem()}
      />
      <AttemptButton attempt={attempt} label={props.options.isFirstRun ? 'Continue' : 'Sign in'} />
    </form>
  )
}

/** Password managers file a password under a name, also where people type none. In `accounts` they fill in the one that they know. */
const HiddenName = (props: { mode: SignInOptions['mode'] }): JSX.Element => (
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: no key reaches it (tabindex), and there is nothing in it for people
  <input
    class="visually-hidden"
    type="text"
    autocomplete="username"
    value={props.mode === 'accounts' ? '' : 'owner'}
    tabindex="-1"
    aria-hidden="true"
  />
)
