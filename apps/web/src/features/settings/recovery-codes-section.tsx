import type { AccountSecurity } from '@sallyport/contract/sign-in'
import { createSignal, type JSX, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { ask } from '../../ui/ask.tsx'
import { useAccountSettings } from './account-settings.ts'
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx'
import { Loaded, Setting, SettingsSection, When } from './settings-section.tsx'
import { recoveryCodesLeft } from './settings-words.ts'
import { useChange } from './use-change.ts'

export const RecoveryCodesSection = (): JSX.Element => {
  const settings = useAccountSettings()
  return (
    <SettingsSection id="recovery-codes">
      <Loaded from={settings.security}>
        {(account) => (
          <Show
            when={account().secondFactor}
            fallback={
              <p class="settings-empty">
                They come with a second factor: each signs you in once when your phone is not at hand.
              </p>
            }
          >
            <RecoveryCodes account={account()} />
          </Show>
        )}
      </Loaded>
    </SettingsSection>
  )
}

const RecoveryCodes = (props: { account: AccountSecurity }): JSX.Element => {
  const { http } = useDaemon()
  const change = useChange()
  const [codes, setCodes] = createSignal<readonly string[]>()
  const left = () => recoveryCodesLeft(props.account.recoveryCodesLeft)
  const renew = async (): Promise<void> => {
    const sure = await ask({
      title: 'Make new recovery codes?',
      text: 'The old ones stop working at once. The new ones are shown a single time.',
      confirm: 'Make new codes',
    })
    if (!sure) return
    const made = await change(() => http.auth.renewRecoveryCodes.mutate())
    if (made?.recoveryCodes) setCodes(made.recoveryCodes)
  }
  return (
    <>
      <Setting
        name={<span classList={{ low: left().low }}>{left().words}</span>}
        state={
          <>
            Each signs you in once, in place of a code from your app.
            <Show when={props.account.recoveryCodesMadeAt}>
              {(at) => (
                <>
                  {' '}
                  Made <When at={at()} />.
                </>
              )}
            </Show>
            <Show when={left().low}> Make new ones before the last is used.</Show>
          </>
        }
      >
        <button type="button" class="button" onClick={() => void renew()}>
          Make new codes…
        </button>
      </Setting>
      <Show when={codes()}>
        {(list) => <RecoveryCodesDialog codes={list()} user={props.account.user} onSaved={() => setCodes(undefined)} />}
      </Show>
    </>
  )
}
