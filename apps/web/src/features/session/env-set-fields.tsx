import type { EnvSet, EnvSetStatus } from '@sallyport/contract/env-set'
import { A } from '@solidjs/router'
import { createUniqueId, For, type JSX, Match, Show, Switch } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { asSentence } from '../../lib/error-sentence.ts'
import { createFresh } from '../../lib/fresh.ts'
import { CommandLine } from '../../ui/command-line.tsx'
import { Icon } from '../../ui/icon.tsx'
import { lockedWords, overlaps } from '../env-set/env-set-words.ts'
import { moved } from './start-form.ts'

interface EnvSetFieldsProps {
  /** Ids, in their order. */
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
  readonly problem: string | undefined
}

/** Which env sets the session gets, and in which order: where two have the same variable, the later one wins. */
export const EnvSetFields = (props: EnvSetFieldsProps): JSX.Element => {
  const { client } = useDaemon()
  const list = createFresh(() => client.envSet.list.query())
  const status = createFresh<EnvSetStatus>(() => client.envSet.status.query())
  void list.refresh()
  void status.refresh()
  const sets = (): readonly EnvSet[] => list.value()?.envSets ?? []
  const chosen = (): EnvSet[] => props.chosen.flatMap((id) => sets().find((set) => set.id === id) ?? [])
  const others = (): EnvSet[] => sets().filter(({ id }) => !props.chosen.includes(id))
  const locked = (): Extract<EnvSetStatus, { state: 'locked' }> | undefined => {
    const known = status.value()
    return known?.state === 'locked' ? known : undefined
  }
  return (
    <fieldset class="plain">
      <legend class="field-label">Env sets</legend>
      <Switch>
        <Match when={list.failure() ?? status.failure()}>
          {(sentence) => <p class="problem">They cannot be chosen now: {sentence()}</p>}
        </Match>
        <Match when={list.value() && sets().length === 0}>
          <p class="hint">
            None yet. They give a session secrets that appear nowhere else. <A href="/env-sets">Make one</A>
          </p>
        </Match>
        <Match when={locked()}>
          {(why) => (
            <>
              <p class="hint">{asSentence(why().message)}</p>
              <Show when={lockedWords(why()).command}>{(command) => <CommandLine command={command()} />}</Show>
            </>
          )}
        </Match>
        <Match when={status.value()}>
          <Show when={chosen().length > 0}>
            <ol class="chosen">
              <For each={chosen()}>
                {(set, index) => (
                  <ChosenSet
                    set={set}
                    isFirst={index() === 0}
                    isLast={index() === chosen().length - 1}
                    onMove={(by) => props.onChange(moved(props.chosen, set.id, by))}
                    onRemove={() => props.onChange(props.chosen.filter((id) => id !== set.id))}
                  />
                )}
              </For>
            </ol>
            <Show when={chosen().length > 1}>
              <p class="hint">
                The later one wins where two have the same variable
                <Show when={overlaps(chosen()).length > 0} fallback="; these have none in common.">
                  : {overlaps(chosen()).join(', ')}.
                </Show>
              </p>
            </Show>
          </Show>
          <Show when={others().length > 0}>
            <AddSet others={others()} onAdd={(id) => props.onChange([...props.chosen, id])} />
          </Show>
        </Match>
      </Switch>
      <div role="alert">
        <Show when={props.problem}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
      </div>
    </fieldset>
  )
}

interface ChosenSetProps {
  readonly set: EnvSet
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly onMove: (by: 1 | -1) => void
  readonly onRemove: () => void
}

const ChosenSet = (props: ChosenSetProps): JSX.Element => {
  let row!: HTMLLIElement
  /** A row that is put elsewhere loses the focus; at the end of the list there is only the other way to go. */
  const move = (by: 1 | -1, button: HTMLButtonElement): void => {
    props.onMove(by)
    const next = button.disabled ? row.querySelector<HTMLButtonElement>('button:not([disabled])') : button
    next?.focus()
  }
  return (
    <li ref={row} class="chosen-set">
      <span class="chosen-what">
        <span class="ellipsis">{props.set.name}</span>
        <span class="hint ellipsis">{props.set.variables.map(({ name }) => name).join(', ')}</span>
      </span>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={`Move ${props.set.name} up`}
        disabled={props.isFirst}
        onClick={(event) => move(-1, event.currentTarget)}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={`Move ${props.set.name} down`}
        disabled={props.isLast}
        onClick={(event) => move(1, event.currentTarget)}
      >
        <Icon name="down" />
      </button>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={`Leave ${props.set.name} out`}
        onClick={props.onRemove}
      >
        <Icon name="close" />
      </button>
    </li>
  )
}

const AddSet = (props: { others: readonly EnvSet[]; onAdd: (id: string) => void }): JSX.Element => {
  const id = createUniqueId()
  const add = (select: HTMLSelectElement): void => {
    if (select.value !== '') props.onAdd(select.value)
    select.value = ''
  }
  return (
    <>
      <label class="visually-hidden" for={id}>
        Add an env set
      </label>
      <select id={id} class="input" onChange={(event) => add(event.currentTarget)}>
        <option value="">Add an env set…</option>
        <For each={props.others}>{(set) => <option value={set.id}>{set.name}</option>}</For>
      </select>
    </>
  )
}
