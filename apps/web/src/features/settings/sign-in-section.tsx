import type { AccountSecurity } from '@sallyport/contract/sign-in'
import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import type { User } from '../../lib/daemon.ts'
import { CommandLine } from '../../ui/command-line.tsx'
import { useAccountSettings } from './account-settings.ts'
import { PasswordDialog } from './password-dialog.tsx'
import { Loaded, Setting, SettingsSection, When } from './settings-section.tsx'
import { passwordOrigin, roleWords } from './settings-words.ts'

/** Who is signed in, and with which password. */
export const SignInSection = (props: { user: User }): JSX.Element => {
  const settings = useAccountSettings()
  return (
    <SettingsSection id="sign-in">
      <Setting name={props.user.user} state={roleWords[props.user.role]} />
      <Loaded from={settings.security}>{(account) => <PasswordSetting account={account()} />}</Loaded>
    </SettingsSection>
  )
}

const PasswordSetting = (props: { account: AccountSecurity }): JSX.Element => {
  const [changing, setChanging] = createSignal(false)
  return (
    <>
      <Setting
        name="Password"
        state={
          <Switch fallback="Not set: so far this account is signed in by links of sallyport open.">
            <Match when={!props.account.canChangePassword}>{passwordOrigin(props.account.mode)}</Match>
            <Match when={props.account.passwordChangedAt}>
              {(at) => (
                <>
                  Last changed <When at={at()} />.
                </>
              )}
            </Match>
            <Match when={props.account.hasPassword}>Set.</Match>
          </Switch>
        }
      >
        <Show when={props.account.canChangePassword}>
          <button type="button" class="button" onClick={() => setChanging(true)}>
            {props.account.hasPassword ? 'Change…' : 'Set…'}
            <span class="visually-hidden"> the password</span>
          </button>
        </Show>
      </Setting>
      <Show when={props.account.mode === 'ephemeral'}>
        <div class="setting-command">
          <CommandLine command="sallyport password" />
        </div>
      </Show>
      <Show when={changing()}>
        <PasswordDialog account={props.account} onClose={() => setChanging(false)} />
      </Show>
    </>
  )
}
