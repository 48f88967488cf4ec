import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useDaemon } from '../../lib/daemon.ts'
import { nameProblem } from '../../lib/name-problem.ts'
import { Field } from '../../ui/field.tsx'
import { say } from '../../ui/toasts.tsx'
import { type Draft, emptyDraft, readDraft } from './draft.ts'
import { DraftFields } from './draft-fields.tsx'
import { SaveDialog } from './save-dialog.tsx'
import { useSave } from './use-save.ts'

export const NewEnvSetDialog = (props: { onClose: () => void }): JSX.Element => {
  const { http } = useDaemon()
  const navigate = useNavigate()
  const save = useSave()
  const [name, setName] = createSignal('')
  const [draft, setDraft] = createStore<Draft>({ ...emptyDraft })
  const read = createMemo(() => readDraft(draft))

  const submit = async (): Promise<void> => {
    const { variables, problem } = read()
    const input = { name: name(), variables: [...variables], allowUnsafeNames: draft.allowUnsafeNames }
    const created = await save.run(nameProblem(input.name) ?? problem, () => http.envSet.create.mutate(input))
    if (created === undefined) return
    setDraft({ ...emptyDraft })
    props.onClose()
    say(`The env set ${input.name} was created.`)
    navigate(`/env-sets/${input.name}`)
  }

  return (
    <SaveDialog title="New env set" label="Create" save={save} onSubmit={() => void submit()} onClose={props.onClose}>
      <Field
        autofocus
        label="Name of the set"
        placeholder="prod"
        hint={
          <>
            It is typed in commands: <code>sallyport start --env-set prod</code>
          </>
        }
        value={name()}
        onInput={setName}
      />
      <DraftFields draft={draft} read={read()} onChange={setDraft} present={[]} />
    </SaveDialog>
  )
}
