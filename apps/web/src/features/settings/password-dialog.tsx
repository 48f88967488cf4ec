import type { AccountSecurity } from '@sallyport/contract/sign-in'
import { createSignal, type JSX } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { errorSentence } from '../../lib/error-sentence.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { say } from '../../ui/toasts.tsx'
import { focusProblem } from '../auth/focus-field.ts'
import { registerPassword } from '../sign-in/opaque.ts'
import { useStepUp } from '../step-up/step-up.tsx'
import { useAccountSettings } from './account-settings.ts'
import { otherDevicesWords, passwordMinLength } from './settings-words.ts'

interface PasswordDialogProps {
  readonly account: AccountSecurity
  readonly onClose: () => void
}

/** Sets the account's password. The present one is not asked for here: the step-up proves it, or what stands for it. */
export const PasswordDialog = (props: PasswordDialogProps): JSX.Element => {
  const { client, http } = useDaemon()
  const settings = useAccountSettings()
  const withStepUp = useStepUp()
  const [password, setPassword] = createSignal('')
  const [problem, setProblem] = createSignal<string>()
  const [busy, setBusy] = createSignal(false)
  let fields!: HTMLDivElement
  const minLength = (): 8 | 15 => passwordMinLength(props.account)

  const register = async (): Promise<{ revoked: number }> => {
    const { stretching, serverId } = await client.auth.signInOptions.query()
    const record = await registerPassword({
      password: password(),
      stretching,
      serverId,
      start: (request) => http.auth.startPasswordChange.mutate({ request }),
    })
    return http.auth.finishPasswordChange.mutate(record)
  }

  const change = async (): Promise<string | undefined> => {
    // It brings the list of common passwords along, which no other page needs.
    const { passwordProblem } = await import('@sallyport/contract/password-rules')
    const forbidden = [props.account.user]
    const wrong = passwordProblem({ password: password(), minLength: minLength(), forbidden })
    if (wrong !== null) return wrong
    const changed = await withStepUp(register)
    if (changed === undefined) return undefined
    props.onClose()
    say(`The password is ${props.account.hasPassword ? 'changed' : 'set'}. ${otherDevicesWords(changed.revoked)}`)
    settings.refresh()
    return undefined
  }

  const submit = async (): Promise<void> => {
    if (busy()) return
    setBusy(true)
    setProblem(undefined)
    setProblem(await change().catch(errorSentence))
    setBusy(false)
    if (problem() !== undefined) focusProblem(fields)
  }

  return (
    <Dialog
      narrow
      title={props.account.hasPassword ? 'Change the password' : 'Set a password'}
      onClose={props.onClose}
      onSubmit={() => void submit()}
      foot={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy()} aria-busy={busy()}>
            {busy() ? 'Saving…' : 'Save'}
          </button>
        </>
      }
    >
      <div ref={fields} class="dialog-fields">
        <PasswordField
          autofocus
          label="New password"
          autocomplete="new-password"
          user={props.account.user}
          value={password()}
          onInput={setPassword}
          hint={`At least ${minLength()} characters${minLength() === 8 ? ', because you have a second factor' : ''}. A few random words are easy to remember.`}
          problem={problem()}
        />
        <p class="muted">All other devices of this account are signed out. Sessions go on.</p>
      </div>
    </Dialog>
  )
}
