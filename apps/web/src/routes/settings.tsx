import '../features/settings/settings.css'
import { useParams } from '@solidjs/router'
import { createEffect, createSignal, For, type JSX, Match, onCleanup, onMount, Switch } from 'solid-js'
import { AccountSettingsProvider, createAccountSettings } from '../features/settings/account-settings.ts'
import { DangerSection } from '../features/settings/danger-section.tsx'
import { DevicesSection } from '../features/settings/devices-section.tsx'
import { EventsSection } from '../features/settings/events-section.tsx'
import { OpenSettings } from '../features/settings/open-settings.tsx'
import { RecoveryCodesSection } from '../features/settings/recovery-codes-section.tsx'
import { SecondFactorSection } from '../features/settings/second-factor-section.tsx'
import { readSection, type SectionId, settingsSections, showSection } from '../features/settings/sections.ts'
import { StaleNote } from '../features/settings/settings-section.tsx'
import { SignInSection } from '../features/settings/sign-in-section.tsx'
import { watchSections } from '../features/settings/watch-sections.ts'
import { type User, useDaemon } from '../lib/daemon.ts'

/** The settings of whoever is signed in. Which ones there are follows from how people sign in to this daemon. */
export const SettingsPage = (): JSX.Element => {
  const daemon = useDaemon()
  onMount(() => {
    document.title = 'Settings · Sallyport'
  })
  const signedIn = (): User | undefined => (daemon.isOpen() ? undefined : daemon.user())
  return (
    <Switch fallback={<div class="settings" aria-busy="true" />}>
      <Match when={daemon.isOpen() && daemon.user()}>{(user) => <OpenSettings user={user()} />}</Match>
      <Match when={signedIn()}>{(user) => <OwnSettings user={user()} />}</Match>
    </Switch>
  )
}

const OwnSettings = (props: { user: User }): JSX.Element => {
  const settings = createAccountSettings(useDaemon())
  const params = useParams<{ section?: string }>()
  const [seen, setSeen] = createSignal<SectionId>('sign-in')

  // A link leads to its section once the ones above it have their height.
  createEffect(() => {
    const section = readSection(params.section)
    if (section !== undefined && settings.answered()) showSection(section)
  })
  onMount(() => onCleanup(watchSections(setSeen)))

  return (
    <AccountSettingsProvider value={settings}>
      <div class="settings">
        <h1>Settings</h1>
        <nav class="settings-nav" aria-label="Settings">
          <ul>
            <For each={settingsSections}>
              {(section) => (
                <li>
                  {/* Not the router's A: it marks the address, this list what is being read. */}
                  <a
                    href={`/settings/${section.id}`}
                    noScroll
                    aria-current={seen() === section.id ? 'true' : undefined}
                    onClick={() => showSection(section.id)}
                  >
                    {section.title}
                  </a>
                </li>
              )}
            </For>
          </ul>
        </nav>
        <div class="settings-sections">
          <StaleNote />
          <SignInSection user={props.user} />
          <SecondFactorSection />
          <RecoveryCodesSection />
          <DevicesSection />
          <EventsSection />
          <DangerSection />
        </div>
      </div>
    </AccountSettingsProvider>
  )
}
