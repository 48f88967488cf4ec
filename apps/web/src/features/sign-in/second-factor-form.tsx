import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { Field } from '../../ui/field.tsx'
import { AttemptButton } from '../auth/attempt-button.tsx'
import type { CallFailure } from '../auth/call-failure.ts'
import { createAttempt } from '../auth/create-attempt.ts'
import { focusFirst } from '../auth/focus-field.ts'
import { CodeField } from '../second-factor/code-field.tsx'
import type { SecondFactorMethod, StartedOver } from './sign-in-steps.ts'

interface SecondFactorFormProps {
  readonly method: SecondFactorMethod
  readonly onSwitch: (method: SecondFactorMethod) => void
  readonly onVerified: (recoveryCodesLeft: number | null) => void
  readonly onStartOver: (why: StartedOver) => void
  readonly onAway: () => void
}

/** A5: the daemon forgets a sign-in after as many wrong codes. */
const TRIES = 5
/** And after this long, whatever is typed: it does not say which (A2), so the page looks at the clock. */
const REMEMBERED_MS = 10 * 60_000

export const SecondFactorForm = (props: SecondFactorFormProps): JSX.Element => {
  const { http } = useDaemon()
  const [code, setCode] = createSignal('')
  const openedAtMs = Date.now()
  let wrongCodes = 0
  let form!: HTMLFormElement

  const isTotp = (): boolean => props.method === 'totp'
  const explain = (failure: CallFailure): string | undefined => {
    switch (failure.kind) {
      case 'wrong':
        wrongCodes += 1
        if (wrongCodes >= TRIES || Date.now() - openedAtMs > REMEMBERED_MS) {
          props.onStartOver(wrongCodes >= TRIES ? 'too_many_codes' : 'too_old')
          return undefined
        }
        return isTotp()
          ? 'This code is not right. Codes change every 30 seconds: take the newest one.'
          : 'This is none of your unused recovery codes.'
      case 'over':
        props.onStartOver('too_old')
        return undefined
      case 'limited':
        return 'Too many wrong codes. Wait before the next one.'
      case 'away':
        props.onAway()
        return undefined
      case 'other':
        return failure.sentence
    }
  }
  const attempt = createAttempt({ form: () => form, explain })
  createEffect(
    on(
      () => props.method,
      () => {
        setCode('')
        attempt.forget()
        focusFirst(form)
      },
    ),
  )

  const verify = async (): Promise<string | undefined> => {
    const typed = code().trim()
    if (typed === '') {
      return isTotp() ? 'Type the six digits that your authenticator shows.' : 'Type one of your recovery codes.'
    }
    const { recoveryCodesLeft } = await http.auth.verifySecondFactor.mutate({ method: props.method, code: typed })
    setCode('')
    props.onVerified(recoveryCodesLeft)
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
        void attempt.run(verify)
      }}
    >
      <Show
        when={isTotp()}
        fallback={
          <Field
            autofocus
            mono
            label="Recovery code"
            hint={
              <>
                One of the codes that you saved when you set up the authenticator. None at hand? On the machine:{' '}
                <code>sallyport auth reset-mfa</code>
              </>
            }
            value={code()}
            onInput={setCode}
            problem={attempt.problem()}
          />
        }
      >
        <CodeField
          autofocus
          label="Code from your authenticator app"
          value={code()}
          onInput={setCode}
          onComplete={() => form.requestSubmit()}
          problem={attempt.problem()}
        />
      </Show>
      <AttemptButton attempt={attempt} label="Sign in" />
      <div class="auth-ways">
        <button type="button" class="button quiet" onClick={() => props.onSwitch(isTotp() ? 'recovery_code' : 'totp')}>
          {isTotp() ? 'Use a recovery code' : 'Use the authenticator app'}
        </button>
        <button type="button" class="button quiet" onClick={() => props.onStartOver('asked')}>
          Start again
        </button>
      </div>
    </form>
  )
}
