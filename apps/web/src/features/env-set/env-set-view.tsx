import type { EnvSet, EnvVariable } from '@sallyport/contract/env-set'
import { A, useNavigate } from '@solidjs/router'
import { createEffect, createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { ask } from '../../ui/ask.tsx'
import { Icon } from '../../ui/icon.tsx'
import { MenuButton, type MenuItem } from '../../ui/menu.tsx'
import { RenameDialog } from '../../ui/rename-dialog.tsx'
import { say } from '../../ui/toasts.tsx'
import { When } from '../../ui/when.tsx'
import { useStepUp } from '../step-up/step-up.tsx'
import { AddVariablesDialog } from './add-variables-dialog.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { EnvSetNotes } from './env-set-notes.tsx'
import { liveWords, savedWords } from './env-set-words.ts'
import { useEnvSets } from './env-sets.ts'
import { ReplaceDialog } from './replace-dialog.tsx'
import { UsageList } from './usage-list.tsx'
import { VariableRow } from './variable-row.tsx'

type Open =
  | { readonly kind: 'adding' | 'renaming' | 'deleting' }
  | { readonly kind: 'replacing'; readonly variable: EnvVariable }

/** One env set: its variables, and the sessions that got them. */
export const EnvSetView = (props: { set: EnvSet }): JSX.Element => {
  const { http } = useDaemon()
  const envSets = useEnvSets()
  const navigate = useNavigate()
  const withStepUp = useStepUp()
  const [open, setOpen] = createSignal<Open>()
  const close = (): void => void setOpen(undefined)
  let heading!: HTMLHeadingElement
  createEffect(() => {
    document.title = `${props.set.name} · Env sets · Sallyport`
  })

  const remove = async ({ name }: EnvVariable): Promise<void> => {
    const { id, name: set, liveSessions } = props.set
    const sure = await ask({
      title: `Remove ${name}?`,
      text: `Its value cannot be read back, so it is gone for good. Sessions that start with ${set} from now on do not get it.`,
      confirm: 'Remove',
      dangerous: true,
    })
    if (!sure) return
    const removed = await envSets.change(
      () => http.envSet.unset.mutate({ envSet: id, names: [name] }),
      () => savedWords(`${name} was removed from ${set}.`, liveSessions),
    )
    // Its button is gone.
    if (removed) heading.focus()
  }
  const rename = async (name: string): Promise<boolean> => {
    const renamed = await withStepUp(() => http.envSet.rename.mutate({ envSet: props.set.id, name }))
    if (renamed === undefined) return false
    // The address first: under the old name there is nothing to show any more.
    navigate(`/env-sets/${name}`, { replace: true })
    await envSets.list.refresh()
    say(`The env set is called ${name} now.`)
    return true
  }
  const menu = (): readonly MenuItem[] => [
    ...(envSets.maySeal()
      ? [{ label: 'Rename…', icon: 'pencil', run: () => setOpen({ kind: 'renaming' }) } as const]
      : []),
    { label: 'Delete…', icon: 'trash', dangerous: true, run: () => setOpen({ kind: 'deleting' }) },
  ]

  return (
    <>
      <div class="env-sets-head one">
        <A class="button quiet icon-only" href="/env-sets" aria-label="Back to all env sets">
          <Icon name="back" />
        </A>
        <div class="env-set-title">
          <h1 ref={heading} tabindex="-1">
            {props.set.name}
          </h1>
          <p class="muted tabular">
            {liveWords(props.set.liveSessions)}, changed <When at={props.set.changedAt} nowMs={envSets.nowMs()} />
          </p>
        </div>
        <Show when={envSets.maySeal()}>
          <button type="button" class="button primary" onClick={() => setOpen({ kind: 'adding' })}>
            <Icon name="plus" />
            Add variables
          </button>
        </Show>
        <Show when={envSets.mayChange()}>
          <MenuButton label={`Actions for ${props.set.name}`} items={menu()} />
        </Show>
      </div>
      <EnvSetNotes />
      <section class="env-set-card" aria-labelledby="variables-title">
        <h2 id="variables-title">Variables</h2>
        <ul>
          <For each={props.set.variables} fallback={<li class="env-set-none">There is nothing in this set yet.</li>}>
            {(variable) => (
              <VariableRow
                variable={variable}
                onReplace={() => setOpen({ kind: 'replacing', variable })}
                onRemove={() => void remove(variable)}
              />
            )}
          </For>
        </ul>
      </section>
      <UsageList set={props.set} />
      <Switch>
        <Match when={open()?.kind === 'adding'}>
          <AddVariablesDialog set={props.set} onClose={close} />
        </Match>
        <Match when={open()?.kind === 'renaming'}>
          <RenameDialog name={props.set.name} rename={rename} onClose={close} />
        </Match>
        <Match when={open()?.kind === 'deleting'}>
          <DeleteDialog set={props.set} onClose={close} onDeleted={() => navigate('/env-sets', { replace: true })} />
        </Match>
        <Match when={replacing(open())} keyed>
          {(variable) => <ReplaceDialog set={props.set} variable={variable} onClose={close} />}
        </Match>
      </Switch>
    </>
  )
}

const replacing = (open: Open | undefined): EnvVariable | undefined =>
  open?.kind === 'replacing' ? open.variable : undefined
