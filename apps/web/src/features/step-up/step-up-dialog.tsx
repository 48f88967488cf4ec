import './step-up.css'
import type { AccountSecurity, SignInOptions } from '@sallyport/contract/sign-in'
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import { onReturn } from '../../lib/fresh.ts'
import { CommandLine } from '../../ui/command-line.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { AttemptButton } from '../auth/attempt-button.tsx'
import { createAttempt } from '../auth/create-attempt.ts'
import { focusFirst } from '../auth/focus-field.ts'
import { CodeField } from '../second-factor/code-field.tsx'
import { firstWay, otherWays, type ProofWay, proofFailure } from './step-up-words.ts'
import { useProofs } from './use-proofs.ts'

export interface StepUpQuestion {
  readonly account: AccountSecurity
  readonly options: SignInOptions
  readonly answer: (proved: boolean) => void
}

/** Asks for one proof, whatever the account has: a password, a code, or at least a terminal on the machine. */
export const StepUpDialog = (props: { question: StepUpQuestion }): JSX.Element => {
  const { account, options, answer } = props.question
  const [way, setWay] = createSignal<ProofWay>(firstWay(account.proofs))
  const [typed, setTyped] = createSignal('')
  let body!: HTMLDivElement
  const proofs = useProofs(options, typed)
  const attempt = createAttempt({ form: () => body, explain: (failure) => proofFailure(way(), failure) })
  createEffect(
    on(
      way,
      () => {
        setTyped('')
        attempt.forget()
        focusFirst(body)
      },
      { defer: true },
    ),
  )

  const submit = (): void =>
    void attempt.run(async () => {
      const problem = await proofs[way()]()
      if (problem === undefined) answer(true)
      return problem
    })
  // The link opens in another tab; whoever comes back from there has nothing left to press.
  onReturn(() => {
    if (way() !== 'ticket') return
    proofs.ticket().then(
      (problem) => problem === undefined && answer(true),
      // The button below asks again, and says what is wrong.
      () => undefined,
    )
  })

  return (
    <Dialog
      narrow
      title="Confirm that it is you"
      onClose={() => answer(false)}
      onSubmit={submit}
      foot={
        <>
          <button type="button" class="button" onClick={() => answer(false)}>
            Cancel
          </button>
          <AttemptButton attempt={attempt} label={way() === 'ticket' ? 'I have opened it' : 'Confirm'} />
        </>
      }
    >
      <div ref={body} class="dialog-fields">
        <p class="muted">This change asks for a fresh proof, which then counts for five minutes.</p>
        <Show when={way() === 'password'}>
          <PasswordField
            autofocus
            label="Your password"
            autocomplete="current-password"
            user={account.user}
            value={typed()}
            onInput={setTyped}
            problem={attempt.problem()}
          />
        </Show>
        <Show when={way() === 'totp'}>
          <CodeField
            autofocus
            label="Code from your authenticator app"
            value={typed()}
            onInput={setTyped}
            onComplete={submit}
            problem={attempt.problem()}
          />
        </Show>
        <For each={account.proofs.filter((one) => one !== way())}>
          {(other) => (
            <button type="button" class="button quiet step-up-other" onClick={() => setWay(other)}>
              {otherWays[other]}
            </button>
          )}
        </For>
        <Show when={way() === 'ticket'}>
          <p>
            This account has no password and no second factor yet. In a terminal on the machine where the daemon runs:
          </p>
          <CommandLine command="sallyport open" />
          <p class="hint">
            The page that it opens in this browser confirms it. Where it cannot open one, use{' '}
            <code>sallyport open --print</code> and open the link in this browser.
          </p>
          <div role="alert">
            <Show when={attempt.problem()}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
          </div>
        </Show>
      </div>
    </Dialog>
  )
}
