import type { SecurityEvent } from '@sallyport/contract/sign-in'
import { For, type JSX, Show } from 'solid-js'
import { plainText } from '../../lib/plain-text.ts'
import { useAccountSettings } from './account-settings.ts'
import { eventSentence, isAlarming } from './event-sentence.ts'
import { Loaded, SettingsSection, When } from './settings-section.tsx'

export const EventsSection = (): JSX.Element => {
  const settings = useAccountSettings()
  return (
    <SettingsSection id="events">
      <Loaded from={settings.events}>
        {(list) => (
          <Show when={list().events.length > 0} fallback={<p class="settings-empty">Nothing has happened yet.</p>}>
            <ul class="events">
              <For each={list().events}>{(event) => <Event event={event} />}</For>
            </ul>
          </Show>
        )}
      </Loaded>
    </SettingsSection>
  )
}

/** Calls over the Unix socket, and what the daemon does by itself, come from no address. */
const addressWords = (address: string | null): string =>
  address === null || address === 'unix' ? 'on the machine' : plainText(address, 64)

const Event = (props: { event: SecurityEvent }): JSX.Element => (
  <li class="event" data-tone={isAlarming(props.event) ? 'warn' : 'idle'}>
    <span class="state-dot" aria-hidden="true" />
    <span class="event-what tabular">{eventSentence(props.event)}</span>
    <span class="event-from tabular">{addressWords(props.event.address)}</span>
    <span class="event-when tabular">
      <When at={props.event.at} />
    </span>
  </li>
)
