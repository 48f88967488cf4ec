import type { JSX } from 'solid-js'
import { Dialog } from '../../ui/dialog.tsx'
import { RecoveryCodeSheet } from '../second-factor/recovery-code-sheet.tsx'

interface RecoveryCodesDialogProps {
  readonly codes: readonly string[]
  readonly user: string
  readonly onSaved: () => void
}

/** Shown once: neither Escape nor a click beside it may lose them. */
export const RecoveryCodesDialog = (props: RecoveryCodesDialogProps): JSX.Element => (
  <Dialog title="Save your recovery codes">
    <RecoveryCodeSheet codes={props.codes} user={props.user} onSaved={props.onSaved} />
  </Dialog>
)
