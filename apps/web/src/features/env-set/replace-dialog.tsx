import type { EnvSet, EnvVariable } from '@sallyport/contract/env-set'
import { createMemo, type JSX, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useDaemon } from '../../lib/daemon.ts'
import { say } from '../../ui/toasts.tsx'
import { type Draft, emptyDraft, maskingCaution, readDraft, sizeWords, withoutLastBreak } from './draft.ts'
import { UnsafeConsent } from './draft-fields.tsx'
import { savedWords } from './env-set-words.ts'
import { SaveDialog } from './save-dialog.tsx'
import { SecretArea } from './secret-area.tsx'
import { useSave } from './use-save.ts'

/** A new value in place of one that nobody can read back. */
export const ReplaceDialog = (props: { set: EnvSet; variable: EnvVariable; onClose: () => void }): JSX.Element => {
  const { http } = useDaemon()
  const save = useSave()
  const { name, version } = props.variable
  const [draft, setDraft] = createStore<Draft>({ ...emptyDraft, name })
  const read = createMemo(() => readDraft(draft))
  const value = (): string => withoutLastBreak(draft.value)

  const submit = async (): Promise<void> => {
    const { variables, problem } = read()
    const input = { envSet: props.set.id, variables: [...variables], allowUnsafeNames: draft.allowUnsafeNames }
    // An empty one is possible (`NAME=` as a line), but not by a slip of the Enter key: the old value cannot be had back.
    const wrong = value() === '' ? 'Type the new value.' : problem
    const saved = await save.run(wrong, () => http.envSet.set.mutate(input))
    if (saved === undefined) return
    setDraft({ value: '' })
    props.onClose()
    say(savedWords(`${name} was replaced.`, props.set.liveSessions))
  }

  return (
    <SaveDialog
      narrow
      title={`Replace ${name}`}
      label="Replace"
      save={save}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <p class="muted">Version {version} is gone afterwards. Sessions that run keep it.</p>
      <SecretArea
        autofocus
        label="New value"
        rows={2}
        value={draft.value}
        onInput={(typed) => setDraft({ value: typed })}
        hint={
          <>
            {sizeWords(value())}
            <Show when={draft.value !== '' && maskingCaution(value())}>
              {(caution) => (
                <>
                  {'. '}
                  <span class="caution">{caution()}</span>
                </>
              )}
            </Show>
          </>
        }
      />
      <UnsafeConsent read={read()} draft={draft} onChange={setDraft} />
    </SaveDialog>
  )
}
