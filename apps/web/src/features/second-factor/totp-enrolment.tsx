import './second-factor.css'
import { createResource, createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { errorSentence } from '../../lib/error-sentence.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { AttemptButton } from '../auth/attempt-button.tsx'
import type { CallFailure } from '../auth/call-failure.ts'
import { createAttempt } from '../auth/create-attempt.ts'
import { inGroups, parseCode } from './code.ts'
import { CodeField } from './code-field.tsx'
import { QrCode } from './qr-code.tsx'

export interface TotpEnrolmentProps {
  /** Makes a fresh secret: called when the component is drawn, and again when it failed or the daemon forgot the secret, and the person asks. */
  readonly start: () => Promise<{ readonly secret: string; readonly uri: string }>
  /** Resolves when the daemon took the code; rejects with its error when not. */
  readonly confirm: (code: string) => Promise<void>
  /** After `confirm` resolved. */
  readonly onDone: () => void
}

const WRONG =
  'This code is not right. Take the newest one. If that fails too, let your phone set its clock automatically: codes depend on the time.'

const explanation = (failure: CallFailure): string => {
  switch (failure.kind) {
    case 'wrong':
      return WRONG
    case 'limited':
      return 'Too many wrong codes. Wait before the next one.'
    case 'away':
      return 'The daemon does not answer. Is it running? Try again in a moment.'
    case 'over':
      return 'This setup took too long. Load the page again.'
    case 'other':
      return failure.sentence
  }
}

/** Adds an authenticator app: the key as QR code and as text, then a first code as proof that the app has it. */
export const TotpEnrolment = (props: TotpEnrolmentProps): JSX.Element => {
  const [enrolment, { refetch }] = createResource(() => props.start())
  const [code, setCode] = createSignal('')
  let form!: HTMLFormElement
  /** The daemon has forgotten the key: too old, or too many wrong codes. */
  const [forgotten, setForgotten] = createSignal(false)
  const attempt = createAttempt({
    form: () => form,
    explain: (failure) => {
      setForgotten(failure.kind === 'other' && failure.code === 'conflict')
      return explanation(failure)
    },
  })
  const ready = () => (enrolment.state === 'ready' ? enrolment() : undefined)

  const confirm = async (): Promise<string | undefined> => {
    const digits = parseCode(code())
    if (digits === undefined) return 'Type the six digits that the app shows.'
    await props.confirm(digits)
    setCode('')
    props.onDone()
    return undefined
  }

  const beginAgain = (): void => {
    setCode('')
    attempt.forget()
    setForgotten(false)
    void refetch()
  }

  return (
    <Switch fallback={<div class="enrolment-waits" aria-busy="true" />}>
      <Match when={enrolment.error}>
        {(error) => (
          <div class="auth-form" role="alert">
            <p class="problem">{errorSentence(error())}</p>
            <button type="button" class="button" onClick={() => void refetch()}>
              Try again
            </button>
          </div>
        )}
      </Match>
      <Match when={ready()}>
        {(made) => (
          <form
            ref={form}
            class="auth-form"
            method="post"
            novalidate
            onSubmit={(event) => {
              event.preventDefault()
              void attempt.run(confirm)
            }}
          >
            <div class="enrolment-key">
              <QrCode text={made().uri} label="QR code of the key" />
              <div class="enrolment-manual">
                <p>
                  Scan the code with an authenticator app, such as Aegis, Google Authenticator or your password manager.
                </p>
                <p class="hint">No camera at hand? Type this key into the app:</p>
                <code class="enrolment-secret">{inGroups(made().secret)}</code>
                <div class="enrolment-buttons">
                  <CopyButton text={made().secret} label="Copy the key" />
                  {/* On the phone that has the app there is nothing to scan with. */}
                  <a class="button touch-only" href={made().uri}>
                    Open the app
                  </a>
                </div>
              </div>
            </div>
            <CodeField
              label="The six digits that the app shows now"
              value={code()}
              onInput={setCode}
              onComplete={() => form.requestSubmit()}
              problem={attempt.problem()}
            />
            <Show when={forgotten()} fallback={<AttemptButton attempt={attempt} label="Confirm" />}>
              <button type="button" class="button primary wide" onClick={beginAgain}>
                Get a new code to scan
              </button>
            </Show>
          </form>
        )}
      </Match>
    </Switch>
  )
}
