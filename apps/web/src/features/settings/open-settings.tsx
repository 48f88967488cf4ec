import type { JSX } from 'solid-js'
import type { User } from '../../lib/daemon.ts'
import { CommandLine } from '../../ui/command-line.tsx'
import { Setting } from './settings-section.tsx'
import { roleWords } from './settings-words.ts'

/** Mode `off`: nobody signs in, so there is no account to set anything of. */
export const OpenSettings = (props: { user: User }): JSX.Element => (
  <div class="settings">
    <h1>Settings</h1>
    <div class="settings-sections">
      <section class="settings-section" aria-labelledby="open-title">
        <h2 id="open-title">Sign-in</h2>
        <div class="settings-card">
          <Setting name={props.user.user} state={roleWords[props.user.role]} />
          <Setting
            name="Sign-in is off"
            state="The daemon was started with auth.mode: off. There are no passwords, second factors or signed-in devices to manage."
          />
          <div class="ways-back">
            <p class="setting-state">
              To have people sign in, start the daemon with this, or take the line out of its configuration:
            </p>
            <CommandLine command="SALLYPORT_AUTH_MODE=accounts sallyport daemon" />
          </div>
        </div>
      </section>
    </div>
  </div>
)
