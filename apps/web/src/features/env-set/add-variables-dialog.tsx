import type { EnvSet } from '@sallyport/contract/env-set'
import { createMemo, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useDaemon } from '../../lib/daemon.ts'
import { say } from '../../ui/toasts.tsx'
import { type Draft, emptyDraft, readDraft } from './draft.ts'
import { DraftFields } from './draft-fields.tsx'
import { savedWords, variablesWords } from './env-set-words.ts'
import { SaveDialog } from './save-dialog.tsx'
import { useSave } from './use-save.ts'

/** New variables, and new values for those that the set has. */
export const AddVariablesDialog = (props: { set: EnvSet; onClose: () => void }): JSX.Element => {
  const { http } = useDaemon()
  const save = useSave()
  const [draft, setDraft] = createStore<Draft>({ ...emptyDraft })
  const read = createMemo(() => readDraft(draft))

  const submit = async (): Promise<void> => {
    const { variables, problem } = read()
    const { id, liveSessions } = props.set
    const input = { envSet: id, variables: [...variables], allowUnsafeNames: draft.allowUnsafeNames }
    const nothing = variables.length === 0 ? 'There is nothing to save yet.' : null
    const saved = await save.run(problem ?? nothing, () => http.envSet.set.mutate(input))
    if (saved === undefined) return
    setDraft({ ...emptyDraft })
    props.onClose()
    const [first] = variables
    const what = variables.length === 1 && first !== undefined ? first.name : variablesWords(variables.length)
    say(savedWords(`Saved ${what} in ${props.set.name}.`, liveSessions))
  }

  return (
    <SaveDialog
      title={`Add variables to ${props.set.name}`}
      label="Save"
      save={save}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <DraftFields autofocus draft={draft} read={read()} onChange={setDraft} present={props.set.variables} />
    </SaveDialog>
  )
}
