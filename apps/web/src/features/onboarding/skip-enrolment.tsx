import { createSignal, type JSX } from 'solid-js'
import { attempt } from '../../lib/daemon.ts'
import { minPasswordLength } from './password-advice.ts'

/** Only where the configuration does not require a second factor. Says what is given up. */
export const SkipEnrolment = (props: { skip: () => Promise<unknown>; onSkipped: () => void }): JSX.Element => {
  const [busy, setBusy] = createSignal(false)
  const skip = async (): Promise<void> => {
    setBusy(true)
    const done = await attempt(props.skip)
    setBusy(false)
    if (done) props.onSkipped()
  }
  return (
    <div class="skip-enrolment">
      <p class="hint">
        This daemon does not insist on a second factor. Without one, your password alone protects your terminals: it
        must have at least {minPasswordLength(false)} characters, and whoever learns it gets in.
      </p>
      <button type="button" class="button wide" disabled={busy()} onClick={() => void skip()}>
        Go on without an authenticator
      </button>
    </div>
  )
}
