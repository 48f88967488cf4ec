import type { SignInOptions } from '@sallyport/contract/sign-in'
import { createSignal, type JSX, onMount } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { Field } from '../../ui/field.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { AttemptButton } from '../auth/attempt-button.tsx'
import type { CallFailure } from '../auth/call-failure.ts'
import { createAttempt } from '../auth/create-attempt.ts'
import { focusFirst } from '../auth/focus-field.ts'
import { registerPassword } from '../sign-in/opaque.ts'
import { minPasswordLength, passwordAdvice } from './password-advice.ts'
import { forgetSetupPassword, knownSetupPassword } from './setup-password.ts'
import { userNameProblem } from './user-name.ts'

interface OwnPasswordFormProps {
  /** Proposed by the daemon: the name of the account that it runs under. */
  readonly user: string
  readonly secondFactorRequired: boolean
  readonly options: SignInOptions
  readonly onSet: (user: string) => void
  readonly onOver: () => void
  readonly onAway: () => void
}

/** The list of common passwords is 15 KB: fetched while the first characters are typed. */
const loadRules = () => import('@sallyport/contract/password-rules')

export const OwnPasswordForm = (props: OwnPasswordFormProps): JSX.Element => {
  const { http } = useDaemon()
  const [user, setUser] = createSignal(props.user)
  const [userProblem, setUserProblem] = createSignal<string>()
  const [password, setPassword] = createSignal('')
  let form!: HTMLFormElement
  onMount(() => focusFirst(form))
  const minLength = () => minPasswordLength(props.secondFactorRequired)

  const explain = (failure: CallFailure): string | undefined => {
    switch (failure.kind) {
      case 'away':
        props.onAway()
        return undefined
      case 'wrong':
      case 'over':
        props.onOver()
        return undefined
      case 'limited':
        return 'Too many tries. Wait a moment.'
      case 'other':
        return failure.sentence
    }
  }
  const attempt = createAttempt({ form: () => form, explain })

  const set = async (): Promise<string | undefined> => {
    const name = user().trim()
    setUserProblem(userNameProblem(name))
    const setup = knownSetupPassword()
    const { passwordProblem } = await loadRules()
    const forbidden = setup === undefined ? [name] : [name, setup]
    const problem = passwordProblem({ password: password(), minLength: minLength(), forbidden })
    if (problem !== null) return problem
    if (userProblem() !== undefined) return undefined
    const { stretching, serverId } = props.options
    const registration = await registerPassword({
      password: password(),
      stretching,
      serverId,
      start: (request) => http.auth.startOnboardingPassword.mutate({ user: name, request }),
    })
    await http.auth.finishOnboardingPassword.mutate(registration)
    setPassword('')
    forgetSetupPassword()
    props.onSet(name)
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
        void attempt.run(set)
      }}
    >
      <Field
        autofocus
        label="Your name"
        autocomplete="username"
        value={user()}
        onInput={setUser}
        problem={userProblem()}
      />
      <PasswordField
        label="Your own password"
        autocomplete="new-password"
        value={password()}
        onInput={(typed) => {
          if (password() === '') void loadRules()
          setPassword(typed)
        }}
        hint={<span aria-live="polite">{passwordAdvice(password(), minLength())}</span>}
        problem={attempt.problem()}
      />
      <AttemptButton attempt={attempt} label="Continue" busy="Setting the password…" />
    </form>
  )
}
