import '../features/onboarding/onboarding.css'
import { useNavigate } from '@solidjs/router'
import { createEffect, createSignal, type JSX, Match, on, Show, Switch } from 'solid-js'
import { createAsking } from '../features/auth/ask-daemon.ts'
import { AwayNote } from '../features/auth/away-note.tsx'
import { callFailure } from '../features/auth/call-failure.ts'
import { useGoOn } from '../features/auth/go-on.ts'
import { ofKind } from '../features/auth/of-kind.ts'
import {
  afterEvent,
  type OnboardingEvent,
  type OnboardingView,
  stepIndex,
  steps,
} from '../features/onboarding/onboarding-steps.ts'
import { OwnPasswordForm } from '../features/onboarding/own-password-form.tsx'
import { ProgressSteps } from '../features/onboarding/progress-steps.tsx'
import { SkipEnrolment } from '../features/onboarding/skip-enrolment.tsx'
import { RecoveryCodeSheet } from '../features/second-factor/recovery-code-sheet.tsx'
import { TotpEnrolment } from '../features/second-factor/totp-enrolment.tsx'
import { useDaemon } from '../lib/daemon.ts'
import { QuestionDialog } from '../ui/ask.tsx'

const explanations: Readonly<Record<(typeof steps)[number]['kind'], string>> = {
  password: 'From now on you sign in with these. The setup password stops working.',
  second_factor: 'Whoever learns your password still needs your phone.',
  recovery_codes: 'Each signs you in once when your authenticator is lost. They are shown only now.',
}

export const OnboardingPage = (): JSX.Element => {
  const { http } = useDaemon()
  const navigate = useNavigate()
  const goOn = useGoOn()
  const [view, setView] = createSignal<OnboardingView>({ kind: 'asking' })
  let heading: HTMLHeadingElement | undefined

  const happened = (event: OnboardingEvent): void => {
    const next = afterEvent(view(), event)
    if (next === view()) return
    setView(next)
    if (next.kind !== 'leaving') return
    if (next.to === 'page') goOn()
    else navigate('/sign-in', { replace: true })
  }
  const asking = createAsking(http, (whoami, options) => happened({ kind: 'answered', whoami, options }))

  /** A setup that the daemon forgot (24 h) begins again at the sign-in; everything else is for the form to say. */
  const known = async <Answer,>(call: Promise<Answer>): Promise<Answer> => {
    try {
      return await call
    } catch (error) {
      if (callFailure(error).kind === 'over') happened({ kind: 'over' })
      throw error
    }
  }

  const step = () => steps[stepIndex(view())]
  createEffect(
    on(step, (now) => {
      if (now === undefined) return
      document.title = `${now.title} · Sallyport`
      // The first step has its focus in the first field; later ones begin where they are explained.
      if (now.kind !== 'password') heading?.focus()
    }),
  )

  /** Nothing to show yet, or no more. */
  const isBusy = () => view().kind === 'leaving' || (view().kind === 'asking' && asking.away() === undefined)

  return (
    <main class="auth-page">
      <div class="auth-card onboarding" aria-busy={isBusy()}>
        <AwayNote asking={asking} />
        <Show when={step()}>
          {(now) => (
            <>
              <ProgressSteps current={stepIndex(view())} />
              <div class="auth-head">
                <h1 ref={heading} tabindex="-1">
                  {now().title}
                </h1>
                <p class="muted">{explanations[now().kind]}</p>
              </div>
            </>
          )}
        </Show>
        <Switch>
          <Match when={ofKind(view(), 'password')}>
            {(now) => (
              <OwnPasswordForm
                user={now().account.user}
                secondFactorRequired={now().account.secondFactorRequired}
                options={now().options}
                onSet={(user) => happened({ kind: 'password_set', user })}
                onOver={() => happened({ kind: 'over' })}
                onAway={asking.ask}
              />
            )}
          </Match>
          <Match when={ofKind(view(), 'second_factor')}>
            {(now) => {
              let codes: readonly string[] = []
              return (
                <>
                  <TotpEnrolment
                    start={() => known(http.auth.startEnrolment.mutate())}
                    confirm={async (code) => {
                      const answer = await known(http.auth.confirmEnrolment.mutate({ code }))
                      codes = answer.recoveryCodes ?? []
                    }}
                    onDone={() => happened({ kind: 'enrolled', codes })}
                  />
                  <Show when={!now().account.secondFactorRequired}>
                    <SkipEnrolment
                      skip={() => known(http.auth.skipEnrolment.mutate())}
                      onSkipped={() => happened({ kind: 'skipped' })}
                    />
                  </Show>
                </>
              )
            }}
          </Match>
          <Match when={ofKind(view(), 'recovery_codes')}>
            {(now) => (
              <RecoveryCodeSheet
                codes={now().codes}
                user={now().user}
                done="Open the dashboard"
                onSaved={() => happened({ kind: 'saved' })}
              />
            )}
          </Match>
        </Switch>
      </div>
      <QuestionDialog />
    </main>
  )
}
