import { Route, Router } from '@solidjs/router'
import { type Component, type JSX, lazy, type ParentProps } from 'solid-js'
import { createSessionList, SessionListProvider } from './features/session/session-list.ts'
import { createDaemon, DaemonProvider } from './lib/daemon.ts'
import { HomePage } from './routes/home.tsx'
import { LaunchPage } from './routes/launch.tsx'
import { NotFoundPage } from './routes/not-found.tsx'
import { SessionsPage } from './routes/sessions.tsx'
import { SignInPage } from './routes/sign-in.tsx'
import { PublicShell, SignedInShell } from './ui/shell.tsx'

/** xterm.js is four times the rest of the page: only a session's page loads it. */
const SessionPage = lazy(async () => ({ default: (await import('./routes/session.tsx')).SessionPage }))

/** Seen once in the life of an account. */
const OnboardingPage = lazy(async () => ({ default: (await import('./routes/onboarding.tsx')).OnboardingPage }))
const EnvSetsPage = lazy(async () => ({ default: (await import('./routes/env-sets.tsx')).EnvSetsPage }))
const SettingsPage = lazy(async () => ({ default: (await import('./routes/settings.tsx')).SettingsPage }))

const open =
  (Page: Component): Component =>
  () => (
    <PublicShell>
      <Page />
    </PublicShell>
  )

/** One daemon connection and one session list for the life of the tab, handed to all pages. */
export const App = (): JSX.Element => {
  const daemon = createDaemon()
  const list = createSessionList(daemon)
  const Root = (props: ParentProps): JSX.Element => (
    <DaemonProvider value={daemon}>
      <SessionListProvider value={list}>{props.children}</SessionListProvider>
    </DaemonProvider>
  )
  return (
    <Router root={Root} preload={false}>
      <Route path="/" component={HomePage} />
      <Route path="/launch" component={open(LaunchPage)} />
      <Route path="/sign-in" component={open(SignInPage)} />
      <Route path="/onboarding" component={open(OnboardingPage)} />
      <Route component={SignedInShell}>
        <Route path="/sessions" component={SessionsPage} />
        <Route path="/sessions/:id" component={SessionPage} />
        <Route path="/env-sets/:ref?" component={EnvSetsPage} />
        <Route path="/settings/:section?" component={SettingsPage} />
      </Route>
      <Route path="*" component={open(NotFoundPage)} />
    </Router>
  )
}
