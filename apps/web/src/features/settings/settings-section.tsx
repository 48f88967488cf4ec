import { type Accessor, type JSX, type ParentProps, Show } from 'solid-js'
import type { Fresh } from '../../lib/fresh.ts'
import { When as WhenAt } from '../../ui/when.tsx'
import { useAccountSettings } from './account-settings.ts'
import { type SectionId, settingsSections } from './sections.ts'

export const SettingsSection = (props: ParentProps<{ id: SectionId }>): JSX.Element => (
  <section id={props.id} class="settings-section" aria-labelledby={`${props.id}-title`}>
    <h2 id={`${props.id}-title`} tabindex="-1">
      {settingsSections.find(({ id }) => id === props.id)?.title}
    </h2>
    <div class="settings-card">{props.children}</div>
  </section>
)

interface SettingProps {
  readonly name: JSX.Element
  /** How it stands, in words. */
  readonly state?: JSX.Element
  /** Buttons. */
  readonly children?: JSX.Element
}

/** One thing that is set: what it is and how it stands, then what can be done about it. */
export const Setting = (props: SettingProps): JSX.Element => (
  <div class="setting">
    <div class="setting-what">
      <p class="setting-name">{props.name}</p>
      <p class="setting-state">{props.state}</p>
    </div>
    <div class="setting-actions">{props.children}</div>
  </div>
)

/** What the daemon says, or room for it while it has not answered, or why it does not. */
export const Loaded = <T extends object>(props: {
  from: Fresh<T>
  children: (value: Accessor<T>) => JSX.Element
}): JSX.Element => (
  <Show
    when={props.from.value()}
    fallback={
      <Show when={props.from.failure()} fallback={<div class="settings-awaited" aria-busy="true" />}>
        {(sentence) => <Failure sentence={sentence()} />}
      </Show>
    }
  >
    {(value) => props.children(value)}
  </Show>
)

/** Above everything: what is shown was true a while ago, but could not be asked for again. */
export const StaleNote = (): JSX.Element => {
  const settings = useAccountSettings()
  return <Show when={settings.stale()}>{(sentence) => <Failure sentence={sentence()} />}</Show>
}

const Failure = (props: { sentence: string }): JSX.Element => {
  const settings = useAccountSettings()
  return (
    <div class="settings-failure" role="alert">
      <p class="problem">{props.sentence}</p>
      <button type="button" class="button" onClick={() => settings.refresh()}>
        Try again
      </button>
    </div>
  )
}

/** When something of the account happened. */
export const When = (props: { at: string }): JSX.Element => {
  const { nowMs } = useAccountSettings()
  return <WhenAt at={props.at} nowMs={nowMs()} />
}
