import type { AccountSecurity } from '@sallyport/contract/sign-in'
import { createSignal, type JSX, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { ask } from '../../ui/ask.tsx'
import { useAccountSettings } from './account-settings.ts'
import { EnrolmentDialog, type TotpSecret } from './enrolment-dialog.tsx'
import { focusSection } from './sections.ts'
import { Loaded, Setting, SettingsSection, When } from './settings-section.tsx'
import { useChange } from './use-change.ts'

export const SecondFactorSection = (): JSX.Element => {
  const settings = useAccountSettings()
  return (
    <SettingsSection id="second-factor">
      <Loaded from={settings.security}>{(account) => <Authenticator account={account()} />}</Loaded>
    </SettingsSection>
  )
}

const Authenticator = (props: { account: AccountSecurity }): JSX.Element => {
  const { http } = useDaemon()
  const change = useChange()
  const [secret, setSecret] = createSignal<TotpSecret>()

  // The first secret is fetched before the dialog opens, so that the step-up comes first.
  const enrol = async (): Promise<void> => void setSecret(await change(() => http.auth.startTotp.mutate()))
  const remove = async (): Promise<void> => {
    const sure = await ask({
      title: 'Remove the second factor?',
      text: 'From then on the password alone signs in. The recovery codes stop working too.',
      confirm: 'Remove',
      dangerous: true,
    })
    if (
      sure &&
      (await change(
        () => http.auth.removeTotp.mutate(),
        () => 'The second factor was removed.',
      ))
    ) {
      focusSection('second-factor')
    }
  }

  return (
    <>
      <Setting
        name="Authenticator app"
        state={
          <Show
            when={props.account.secondFactor}
            fallback="Not set up. With it, a stolen password alone does not sign in."
          >
            {(factor) => (
              <>
                Set up <When at={factor().enrolledAt} />
                <Show when={factor().lastUsedAt} fallback=", not used since.">
                  {(at) => (
                    <>
                      , last used <When at={at()} />.
                    </>
                  )}
                </Show>
                <Show when={props.account.secondFactorRequired}>
                  {' '}
                  This daemon requires one: it can be replaced, not removed.
                </Show>
              </>
            )}
          </Show>
        }
      >
        <button type="button" class="button" onClick={() => void enrol()}>
          {props.account.secondFactor === null ? 'Set up…' : 'Replace…'}
          <span class="visually-hidden"> the authenticator app</span>
        </button>
        <Show when={props.account.secondFactor !== null && !props.account.secondFactorRequired}>
          <button type="button" class="button" onClick={() => void remove()}>
            Remove…<span class="visually-hidden"> the authenticator app</span>
          </button>
        </Show>
      </Setting>
      <Show when={secret()} keyed>
        {(first) => <EnrolmentDialog account={props.account} first={first} onClose={() => setSecret(undefined)} />}
      </Show>
    </>
  )
}
