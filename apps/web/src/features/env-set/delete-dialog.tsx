import type { EnvSet } from '@sallyport/contract/env-set'
import { createSignal, type JSX, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { Field } from '../../ui/field.tsx'
import { say } from '../../ui/toasts.tsx'
import { liveWords, variablesWords } from './env-set-words.ts'
import { SaveDialog } from './save-dialog.tsx'
import { useSave } from './use-save.ts'

/** The name is typed where live sessions were started with the set: they cannot get it a second time. */
export const DeleteDialog = (props: { set: EnvSet; onClose: () => void; onDeleted: () => void }): JSX.Element => {
  const { http } = useDaemon()
  const save = useSave()
  const [typed, setTyped] = createSignal('')
  const { id, name } = props.set
  const inUse = (): boolean => props.set.liveSessions > 0

  const submit = async (): Promise<void> => {
    const wrong = inUse() && typed() !== name ? `Type ${name} to delete it.` : null
    const deleted = await save.run(wrong, () => http.envSet.delete.mutate({ envSet: id, evenIfInUse: inUse() }))
    if (deleted === undefined) return
    props.onClose()
    props.onDeleted()
    say(`The env set ${name} was deleted.`)
  }

  return (
    <SaveDialog
      narrow
      dangerous
      title={`Delete ${name}?`}
      label="Delete"
      save={save}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <p>
        It has {variablesWords(props.set.variables.length)}. Values cannot be read back, so what is deleted is gone for
        good.
      </p>
      <Show when={inUse()}>
        <p>
          It is {liveWords(props.set.liveSessions)}. What runs keeps its values until it ends, and does not get them
          again.
        </p>
        <Field autofocus mono label={`Type ${name} to delete it`} value={typed()} onInput={setTyped} />
      </Show>
    </SaveDialog>
  )
}
