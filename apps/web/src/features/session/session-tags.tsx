import type { Session } from '@sallyport/contract/session'
import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import { Icon } from '../../ui/icon.tsx'
import { useSessionList } from './session-list.ts'
import { billingWords } from './session-words.ts'

/** Who pays for it, and which env sets it was started with, under the names that they had then. */
export const SessionTags = (props: { session: Session }): JSX.Element => {
  const list = useSessionList()
  const billing = () => billingWords(props.session, list.providers.value()?.providers ?? [])
  return (
    <Show when={billing() !== undefined || props.session.envSets.length > 0}>
      <span class="session-tags">
        <Show when={billing()}>
          {(words) => (
            <span class="session-tag" title={words().title}>
              {words().badge}
            </span>
          )}
        </Show>
        <For each={props.session.envSets}>
          {(name) => (
            <A class="session-tag" href={`/env-sets/${name}`} title={`Env set ${name}`}>
              <Icon name="key" />
              <span class="visually-hidden">Env set </span>
              <span class="ellipsis">{name}</span>
            </A>
          )}
        </For>
      </span>
    </Show>
  )
}
