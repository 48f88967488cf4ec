import type { EnvSet } from '@sallyport/contract/env-set'
import { A } from '@solidjs/router'
import { createSignal, For, type JSX, Show } from 'solid-js'
import { CommandLine } from '../../ui/command-line.tsx'
import { Icon } from '../../ui/icon.tsx'
import { When } from '../../ui/when.tsx'
import { EnvSetNotes } from './env-set-notes.tsx'
import { liveWords, variablesWords } from './env-set-words.ts'
import { useEnvSets } from './env-sets.ts'
import { NewEnvSetDialog } from './new-env-set-dialog.tsx'

const COMMAND = `printf %s "$TOKEN" | sallyport env-set create --name prod --from-stdin API_TOKEN`

export const EnvSetList = (props: { sets: readonly EnvSet[] }): JSX.Element => {
  const envSets = useEnvSets()
  const [creating, setCreating] = createSignal(false)
  return (
    <>
      <div class="env-sets-head">
        <div>
          <h1 tabindex="-1">Env sets</h1>
          <p class="muted">
            Secrets for sessions, sealed on disk. What is saved here can be used and replaced, not read.
          </p>
        </div>
        <Show when={envSets.maySeal()}>
          <button type="button" class="button primary" onClick={() => setCreating(true)}>
            <Icon name="plus" />
            New env set
          </button>
        </Show>
      </div>
      <EnvSetNotes />
      <Show when={props.sets.length > 0} fallback={<NoSets />}>
        <ul class="env-set-card" aria-label="Env sets">
          <For each={props.sets}>{(set) => <EnvSetRow set={set} />}</For>
        </ul>
      </Show>
      <Show when={creating()}>
        <NewEnvSetDialog onClose={() => setCreating(false)} />
      </Show>
    </>
  )
}

const EnvSetRow = (props: { set: EnvSet }): JSX.Element => {
  const { nowMs } = useEnvSets()
  const names = (): string => props.set.variables.map(({ name }) => name).join(', ')
  return (
    <li class="env-set-row">
      <A class="session-link ellipsis" href={`/env-sets/${props.set.name}`}>
        {props.set.name}
      </A>
      <span class="env-set-names mono ellipsis" title={names()}>
        {names()}
      </span>
      <span class="env-set-facts tabular">
        {variablesWords(props.set.variables.length)}, {liveWords(props.set.liveSessions)}
      </span>
      <span class="env-set-when tabular">
        changed <When at={props.set.changedAt} nowMs={nowMs()} />
      </span>
    </li>
  )
}

const NoSets = (): JSX.Element => {
  const envSets = useEnvSets()
  return (
    <div class="env-set-card empty">
      <h2>No env sets yet</h2>
      <Show
        when={envSets.mayChange()}
        fallback={<p class="muted">An env set gives a session secrets that appear nowhere else.</p>}
      >
        <p class="muted">
          Make one here, or from a terminal. The value goes through a pipe, so no other program sees it:
        </p>
        <CommandLine command={COMMAND} />
      </Show>
    </div>
  )
}
