import type { AuthSession } from '@sallyport/contract/auth'
import { createMemo, For, type JSX, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { plainText } from '../../lib/plain-text.ts'
import { useAccountSettings } from './account-settings.ts'
import { focusSection } from './sections.ts'
import { Loaded, Setting, SettingsSection, When } from './settings-section.tsx'
import { inDeviceOrder } from './settings-words.ts'
import { useChange } from './use-change.ts'
import { useEndOthers } from './use-end-others.ts'

export const DevicesSection = (): JSX.Element => {
  const settings = useAccountSettings()
  return (
    <SettingsSection id="devices">
      <Loaded from={settings.devices}>{(list) => <Devices devices={list().authSessions} />}</Loaded>
    </SettingsSection>
  )
}

const Devices = (props: { devices: readonly AuthSession[] }): JSX.Element => {
  const endOthers = useEndOthers()
  const devices = createMemo(() => inDeviceOrder(props.devices))
  return (
    <>
      <ul>
        <For each={devices()}>{(device) => <Device device={device} />}</For>
      </ul>
      <Show
        when={props.devices.some((device) => !device.current)}
        fallback={<p class="settings-empty">No other device is signed in to this account.</p>}
      >
        <div class="settings-foot">
          <button type="button" class="button" onClick={() => void endOthers('devices')}>
            Sign out all others…
          </button>
        </div>
      </Show>
    </>
  )
}

const Device = (props: { device: AuthSession }): JSX.Element => {
  const { http } = useDaemon()
  const change = useChange()
  /** It comes from a browser's own words. */
  const name = (): string => plainText(props.device.device, 80)
  const end = async (): Promise<void> => {
    const { id } = props.device
    const ended = await change(
      () => http.auth.revokeSession.mutate({ id }),
      () => `${name()} was signed out.`,
    )
    if (ended) focusSection('devices')
  }
  return (
    <li>
      <Setting
        name={
          <>
            {name()}
            <Show when={props.device.current}>
              <span class="tag">This browser</span>
            </Show>
          </>
        }
        state={
          <>
            <span class="tabular">{plainText(props.device.address, 64)}</span>, signed in{' '}
            <When at={props.device.createdAt} />, last used <When at={props.device.lastUsedAt} />
          </>
        }
      >
        <Show when={!props.device.current}>
          <button type="button" class="button" onClick={() => void end()}>
            Sign out<span class="visually-hidden"> {name()}</span>
          </button>
        </Show>
      </Setting>
    </li>
  )
}
