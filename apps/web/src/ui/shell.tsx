import { A, useLocation, useNavigate } from '@solidjs/router'
import { createEffect, type JSX, type ParentProps, Show } from 'solid-js'
import { signInPath, whySignedOut } from '../features/auth/why-signed-out.ts'
import { StepUpProvider } from '../features/step-up/step-up.tsx'
import { useDaemon } from '../lib/daemon.ts'
import { currentTheme, nextTheme } from '../lib/preferences.ts'
import { rememberReturnPath } from '../lib/return-path.ts'
import { QuestionDialog } from './ask.tsx'
import { ConnectionNote } from './connection-note.tsx'
import { Icon } from './icon.tsx'
import { isLeaving, signOut } from './sign-out.ts'
import { Toasts } from './toasts.tsx'

const themeNames = { auto: 'like the system', light: 'light', dark: 'dark' } as const
const themeIcons = { auto: 'auto', light: 'sun', dark: 'moon' } as const

const ThemeButton = (): JSX.Element => (
  <button
    type="button"
    class="button quiet icon-only"
    aria-label={`Colours: ${themeNames[currentTheme()]}. Change`}
    title={`Colours: ${themeNames[currentTheme()]}`}
    onClick={nextTheme}
  >
    <Icon name={themeIcons[currentTheme()]} />
  </button>
)

const Brand = (): JSX.Element => (
  <A href="/sessions" class="brand">
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d="M3.500 17.500V9a6.500 6.500 0 0 1 13 0v8.500" />
      <path d="m7.500 9.500 2.500 2.500-2.500 2.500m4.200 0h2" />
    </svg>
    Sallyport
  </A>
)

/** Pages for everybody: nothing in them asks the daemon for anything by itself. */
export const PublicShell = (props: ParentProps): JSX.Element => (
  <>
    <header class="bar">
      <Brand />
      <div class="bar-end">
        <ThemeButton />
      </div>
    </header>
    {props.children}
    <Toasts />
  </>
)

/** Who is signed in here, and the ways to their settings and out. */
const BarUser = (): JSX.Element => {
  const daemon = useDaemon()
  return (
    <>
      <Show when={daemon.user()?.kind === 'user' && daemon.user()}>
        {(user) => (
          <span class="bar-user ellipsis" title={`Signed in as ${user().user}, ${user().role}`}>
            {user().user}
            <Show when={user().role === 'viewer'}> (may look, not type)</Show>
          </span>
        )}
      </Show>
      <ThemeButton />
      <A class="button quiet" href="/env-sets" title="Env sets">
        <Icon name="key" />
        <span class="bar-word">Env sets</span>
      </A>
      <A class="button quiet" href="/settings" title="Settings">
        <Icon name="settings" />
        <span class="bar-word">Settings</span>
      </A>
      <Show when={!daemon.isOpen()}>
        <button type="button" class="button quiet" title="Sign out" onClick={() => void signOut(daemon)}>
          <Icon name="leave" />
          <span class="bar-word">Sign out</span>
        </button>
      </Show>
    </>
  )
}

/** Pages behind the sign-in. When the credential dies (close 4401, W12) the page goes to sign-in, and comes back afterwards. */
export const SignedInShell = (props: ParentProps): JSX.Element => {
  const daemon = useDaemon()
  const navigate = useNavigate()
  const location = useLocation()
  daemon.connection.open()

  createEffect(() => {
    if (daemon.state().kind !== 'signedOut' || isLeaving()) return
    rememberReturnPath(sessionStorage, location.pathname + location.search)
    void whySignedOut(daemon).then((reason) => navigate(signInPath(reason), { replace: true }))
  })

  return (
    <StepUpProvider>
      {/* `external`: the router leaves it to the browser, which moves the focus. */}
      <a class="skip-link" href="#main" rel="external">
        Skip to content
      </a>
      <header class="bar">
        <Brand />
        <ConnectionNote />
        <div class="bar-end">
          <BarUser />
        </div>
      </header>
      <Show when={daemon.isOpen()}>
        <aside class="banner" aria-label="Sign-in is off">
          <Icon name="warning" />
          <span>
            Sign-in is off: everybody who can use this machine can use this page. Sensitive changes are possible through
            the sallyport command only.
          </span>
        </aside>
      </Show>
      <main id="main" class="main" tabindex="-1">
        {props.children}
      </main>
      <QuestionDialog />
      <Toasts />
    </StepUpProvider>
  )
}
