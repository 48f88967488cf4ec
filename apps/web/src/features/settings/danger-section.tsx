import { For, type JSX } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { CommandLine } from '../../ui/command-line.tsx'
import { signOut } from '../../ui/sign-out.ts'
import { useAccountSettings } from './account-settings.ts'
import { Loaded, Setting, SettingsSection } from './settings-section.tsx'
import { useEndOthers } from './use-end-others.ts'

interface WayBack {
  readonly command: string
  readonly does: string
}

const resetPassword: WayBack = {
  command: 'sallyport auth reset-password',
  does: 'Sets a new password. The second factor stays.',
}
const always: readonly WayBack[] = [
  { command: 'sallyport auth reset-mfa', does: 'Takes the second factor away, for a phone that is lost.' },
  { command: 'sallyport auth revoke-all', does: 'Signs out every device of every account, this browser too.' },
]

export const DangerSection = (): JSX.Element => {
  const daemon = useDaemon()
  const settings = useAccountSettings()
  const endOthers = useEndOthers()
  return (
    <SettingsSection id="danger">
      <Setting name="All other devices" state="Signs out every browser of this account but this one.">
        <button type="button" class="button danger-quiet" onClick={() => void endOthers('danger')}>
          Sign out all others…
        </button>
      </Setting>
      <Setting name="This browser" state="Sessions go on without it.">
        <button type="button" class="button danger-quiet" onClick={() => void signOut(daemon)}>
          Sign out here
        </button>
      </Setting>
      <div class="ways-back">
        <p class="setting-name">When you cannot sign in</p>
        <p class="setting-state">In a terminal on the machine where the daemon runs. These work without a password.</p>
        <Loaded from={settings.security}>
          {(account) => (
            <ul>
              <For each={account().canChangePassword ? [resetPassword, ...always] : always}>
                {(way) => (
                  <li class="way-back">
                    <span>{way.does}</span>
                    <CommandLine command={way.command} />
                  </li>
                )}
              </For>
            </ul>
          )}
        </Loaded>
      </div>
    </SettingsSection>
  )
}
