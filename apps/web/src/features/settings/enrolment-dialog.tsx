import type { AccountSecurity } from '@sallyport/contract/sign-in'
import { createSignal, type JSX, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { say } from '../../ui/toasts.tsx'
import { TotpEnrolment } from '../second-factor/totp-enrolment.tsx'
import { useStepUp } from '../step-up/step-up.tsx'
import { useAccountSettings } from './account-settings.ts'
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx'

export interface TotpSecret {
  readonly secret: string
  readonly uri: string
}

interface EnrolmentDialogProps {
  readonly account: AccountSecurity
  /** The daemon made it already. */
  readonly first: TotpSecret
  readonly onClose: () => void
}

/** Sets an authenticator app up, or another one in its place. Until the first code is right, the account stays as it was. */
export const EnrolmentDialog = (props: EnrolmentDialogProps): JSX.Element => {
  const { http } = useDaemon()
  const settings = useAccountSettings()
  const withStepUp = useStepUp()
  const [codes, setCodes] = createSignal<readonly string[]>()
  let first: TotpSecret | undefined = props.first

  const proved = async <T extends object>(call: () => Promise<T>): Promise<T> => {
    const result = await withStepUp(call)
    if (result === undefined) throw new Error('Not confirmed, so nothing was changed.')
    return result
  }
  const start = async (): Promise<TotpSecret> => {
    const secret = first ?? (await proved(() => http.auth.startTotp.mutate()))
    first = undefined
    return secret
  }
  let made: readonly string[] | null = null
  const confirm = async (code: string): Promise<void> => {
    made = (await proved(() => http.auth.confirmTotp.mutate({ code }))).recoveryCodes
  }
  const done = (): void => {
    settings.refresh()
    if (made === null) finish()
    else setCodes(made)
  }
  const finish = (): void => {
    props.onClose()
    say('The authenticator app is set up.')
  }

  return (
    <Show
      when={codes()}
      fallback={
        <Dialog
          title={props.account.secondFactor === null ? 'Set up an authenticator app' : 'Replace the authenticator app'}
          onClose={props.onClose}
        >
          <TotpEnrolment start={start} confirm={confirm} onDone={done} />
        </Dialog>
      }
    >
      {(list) => <RecoveryCodesDialog codes={list()} user={props.account.user} onSaved={finish} />}
    </Show>
  )
}
