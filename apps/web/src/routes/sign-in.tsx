import { useNavigate, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, type JSX, Match, onMount, Show, Switch } from 'solid-js'
import { createAsking } from '../features/auth/ask-daemon.ts'
import { AwayNote } from '../features/auth/away-note.tsx'
import { useGoOn } from '../features/auth/go-on.ts'
import { ofKind } from '../features/auth/of-kind.ts'
import { readReason } from '../features/auth/why-signed-out.ts'
import { rememberSetupPassword } from '../features/onboarding/setup-password.ts'
import { PasswordForm } from '../features/sign-in/password-form.tsx'
import { SecondFactorForm } from '../features/sign-in/second-factor-form.tsx'
import { afterEvent, recognise, type SignInEvent, type SignInView } from '../features/sign-in/sign-in-steps.ts'
import { codesLeftSentence, headline, mayForget, passwordCommand } from '../features/sign-in/sign-in-words.ts'
import { useDaemon } from '../lib/daemon.ts'
import { CommandLine } from '../ui/command-line.tsx'

export const SignInPage = (): JSX.Element => {
  const { http } = useDaemon()
  const navigate = useNavigate()
  const goOn = useGoOn()
  const [search] = useSearchParams()
  const [view, setView] = createSignal<SignInView>({ kind: 'asking' })
  const happened = (event: SignInEvent): void => {
    const next = afterEvent(view(), event)
    if (next === view()) return
    setView(next)
    if (next.kind !== 'leaving') return
    if (next.to === 'page') goOn()
    else navigate('/onboarding', { replace: true })
  }
  const asking = createAsking(http, (whoami, options) => happened(recognise(whoami, options)))

  const words = () => headline(view(), readReason(search.reason))
  createEffect(() => {
    document.title = `${words().title} · Sallyport`
  })

  /** Nothing to show yet, or no more. */
  const isBusy = () => view().kind === 'leaving' || (view().kind === 'asking' && asking.away() === undefined)

  return (
    <main class="auth-page">
      <div class="auth-card" aria-busy={isBusy()}>
        {/* Steps change without a new page: what is new is read out. */}
        <div class="auth-head" aria-live="polite">
          <h1>{words().title}</h1>
          <Show when={words().text}>{(text) => <p class="muted">{text()}</p>}</Show>
        </div>
        <AwayNote asking={asking} />
        <Switch>
          <Match when={ofKind(view(), 'password')}>
            {(now) => (
              <>
                <Show when={passwordCommand(now().options)}>
                  {(command) => (
                    <div class="auth-command">
                      <Show when={!now().options.isFirstRun}>
                        <p class="muted">The password is new each time the daemon starts. This prints it:</p>
                      </Show>
                      <CommandLine command={command()} />
                    </div>
                  )}
                </Show>
                <PasswordForm
                  options={now().options}
                  onProved={(next, password) => {
                    if (next === 'onboarding') rememberSetupPassword(password)
                    happened({ kind: 'proved', next })
                  }}
                  onAway={asking.ask}
                />
                <ul class="auth-other">
                  <li>
                    Or, on the machine: <code>sallyport open</code>
                  </li>
                  <Show when={mayForget(now().options)}>
                    <li>
                      Forgotten? There too: <code>sallyport auth reset-password</code>
                    </li>
                  </Show>
                </ul>
              </>
            )}
          </Match>
          <Match when={ofKind(view(), 'second_factor')}>
            {(now) => (
              <SecondFactorForm
                method={now().method}
                onSwitch={(method) => happened({ kind: 'switched', method })}
                onVerified={(recoveryCodesLeft) => happened({ kind: 'verified', recoveryCodesLeft })}
                onStartOver={(why) => happened({ kind: 'started_over', why })}
                onAway={asking.ask}
              />
            )}
          </Match>
          <Match when={ofKind(view(), 'recovered')}>
            {(now) => <Recovered codesLeft={now().codesLeft} onGoOn={goOn} />}
          </Match>
        </Switch>
      </div>
    </main>
  )
}

const Recovered = (props: { codesLeft: number; onGoOn: (path?: string) => void }): JSX.Element => {
  let sentence!: HTMLParagraphElement
  // The focus was in a form that is gone; here it is read out.
  onMount(() => sentence.focus())
  return (
    <div class="auth-form">
      <p ref={sentence} tabindex="-1">
        {codesLeftSentence(props.codesLeft)}
      </p>
      <button type="button" class="button primary wide" onClick={() => props.onGoOn()}>
        Open the dashboard
      </button>
      <button type="button" class="button wide" onClick={() => props.onGoOn('/settings/recovery-codes')}>
        Make new recovery codes
      </button>
    </div>
  )
}
