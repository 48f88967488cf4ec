import { createSignal, createUniqueId, type JSX, Show } from 'solid-js'
import { errorSentence } from '../lib/error-sentence.ts'
import { nameProblem } from '../lib/name-problem.ts'
import { Dialog } from './dialog.tsx'

interface RenameDialogProps {
  /** The present name. */
  readonly name: string
  /** Resolves with false when nothing was changed and the question is still open. */
  readonly rename: (name: string) => Promise<boolean>
  readonly onClose: () => void
}

export const RenameDialog = (props: RenameDialogProps): JSX.Element => {
  const id = createUniqueId()
  const old = props.name
  const [name, setName] = createSignal(old)
  const [problem, setProblem] = createSignal<string>()
  const [busy, setBusy] = createSignal(false)
  const submit = async (): Promise<void> => {
    const wrong = nameProblem(name())
    if (wrong !== undefined) return void setProblem(wrong)
    setBusy(true)
    try {
      if (await props.rename(name())) props.onClose()
    } catch (error) {
      setProblem(errorSentence(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      narrow
      title={`Rename ${old}`}
      onClose={props.onClose}
      onSubmit={() => void submit()}
      foot={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            Rename
          </button>
        </>
      }
    >
      <div class="field">
        <label for={id}>Name</label>
        <input
          id={id}
          class="input"
          data-autofocus
          value={name()}
          onInput={(event) => setName(event.currentTarget.value)}
          onFocus={(event) => event.currentTarget.select()}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={problem() !== undefined}
          aria-describedby={`${id}-problem`}
        />
        <div id={`${id}-problem`} role="alert">
          <Show when={problem()}>{(text) => <p class="problem">{text()}</p>}</Show>
        </div>
      </div>
    </Dialog>
  )
}
