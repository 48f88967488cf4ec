import type { Session } from '@sallyport/contract/session'
import { createSignal, createUniqueId, type JSX, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { errorSentence } from '../../lib/error-sentence.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { nameProblem } from './session-name.ts'

export const RenameDialog = (props: { session: Session; onClose: () => void }): JSX.Element => {
  const { client } = useDaemon()
  const id = createUniqueId()
  const [name, setName] = createSignal(props.session.name)
  const [problem, setProblem] = createSignal<string>()
  const [busy, setBusy] = createSignal(false)
  const submit = async (): Promise<void> => {
    const wrong = nameProblem(name())
    if (wrong !== undefined) return void setProblem(wrong)
    setBusy(true)
    try {
      await client.session.rename.mutate({ session: props.session.id, name: name() })
      props.onClose()
    } catch (error) {
      setProblem(errorSentence(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      narrow
      title={`Rename ${props.session.name}`}
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
