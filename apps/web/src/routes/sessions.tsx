import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import { createMemo, createSignal, For, type JSX, Match, onCleanup, onMount, Show, Switch } from 'solid-js'
import { EmptyList } from '../features/session/empty-list.tsx'
import { createHeldOrder } from '../features/session/held-order.ts'
import { sessionMenu, useSessionActions } from '../features/session/session-actions.ts'
import { useSessionList } from '../features/session/session-list.ts'
import type { StateFilter } from '../features/session/session-order.ts'
import { SessionRow } from '../features/session/session-row.tsx'
import { StartDialog } from '../features/session/start-dialog.tsx'
import { createClock } from '../lib/clock.ts'
import { useDaemon } from '../lib/daemon.ts'
import { Icon } from '../ui/icon.tsx'
import { RenameDialog } from '../ui/rename-dialog.tsx'

const filters: readonly { readonly state: StateFilter; readonly label: string }[] = [
  { state: 'all', label: 'All' },
  { state: 'live', label: 'Live' },
  { state: 'ended', label: 'Ended' },
]

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog, [contenteditable]') !== null

export const SessionsPage = (): JSX.Element => {
  const daemon = useDaemon()
  const list = useSessionList()
  const actions = useSessionActions()
  const nowMs = createClock()
  const [text, setText] = createSignal('')
  const [state, setState] = createSignal<StateFilter>('all')
  const [starting, setStarting] = createSignal(false)
  const [renaming, setRenaming] = createSignal<Session>()
  const filter = createMemo(() => ({ text: text().trim(), state: state() }))
  const held = createHeldOrder(list, filter)
  /** The last that was known of a session: a held row outlives it. */
  const known = new Map<string, Session>()
  const rowOf = (id: string): Session | undefined => {
    const session = list.sessions[id]
    if (session) known.set(id, session)
    return session ?? known.get(id)
  }
  const counts = createMemo(() => {
    const all = Object.values(list.sessions)
    const live = all.filter((session) => isLive(session.state)).length
    return { all: all.length, live, ended: all.length - live }
  })
  let search!: HTMLInputElement

  const shortcut = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (event.key === 'n' && daemon.mayOperate()) setStarting(true)
    else if (event.key === '/') search.focus()
    else return
    event.preventDefault()
  }
  onMount(() => {
    document.title = 'Sessions · Sallyport'
    document.addEventListener('keydown', shortcut)
    onCleanup(() => document.removeEventListener('keydown', shortcut))
  })

  return (
    <div class="sessions">
      <div class="sessions-head">
        <h1>Sessions</h1>
        <div class="search">
          <Icon name="search" />
          <input
            ref={search}
            class="input"
            type="search"
            aria-label="Filter by name, command or directory"
            placeholder="Filter"
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
            autocomplete="off"
            spellcheck={false}
          />
        </div>
        <div class="segments" role="radiogroup" aria-label="Which sessions">
          <For each={filters}>
            {(one) => (
              <label class="segment">
                <input type="radio" name="state" checked={state() === one.state} onChange={() => setState(one.state)} />
                <span>
                  {one.label}
                  <span class="count tabular">{counts()[one.state]}</span>
                </span>
              </label>
            )}
          </For>
        </div>
        <Show when={daemon.mayOperate()}>
          <button type="button" class="button primary" aria-keyshortcuts="n" onClick={() => setStarting(true)}>
            <Icon name="plus" />
            New session
            {/* Not the element kbd: the key is no part of the button's name, and aria-keyshortcuts says it. */}
            <span class="key-cap" aria-hidden="true">
              n
            </span>
          </button>
        </Show>
      </div>
      <Show when={held.order().waiting > 0}>
        <div class="waiting" role="status">
          <button type="button" class="button" onClick={held.settle}>
            Show {held.order().waiting} new
          </button>
        </div>
      </Show>
      <Switch fallback={<div class="session-list list-skeleton" aria-busy="true" />}>
        <Match when={list.failure()}>
          {(sentence) => (
            <div class="session-list empty" role="alert">
              <h2>The list cannot be shown</h2>
              <p class="muted">{sentence()}</p>
              <button type="button" class="button" onClick={() => list.start()}>
                Try again
              </button>
            </div>
          )}
        </Match>
        <Match when={list.loaded() && held.order().ids.length === 0}>
          <EmptyList none={counts().all === 0} state={state()} mayStart={daemon.mayOperate()} />
        </Match>
        <Match when={list.loaded()}>
          <ul
            class="session-list"
            aria-label="Sessions"
            on:pointerenter={() => held.hold('pointer', true)}
            on:pointerleave={() => held.hold('pointer', false)}
            onFocusIn={() => held.hold('focus', true)}
            onFocusOut={() => held.hold('focus', false)}
          >
            <For each={held.order().ids}>
              {(id) => (
                <Show when={rowOf(id)}>
                  {(session) => (
                    <SessionRow
                      session={session()}
                      nowMs={nowMs()}
                      gone={list.sessions[id] === undefined}
                      menu={sessionMenu(session(), actions, {
                        mayOperate: daemon.mayOperate(),
                        rename: () => setRenaming(session()),
                        removed: held.settle,
                      })}
                    />
                  )}
                </Show>
              )}
            </For>
          </ul>
        </Match>
      </Switch>
      <Show when={starting()}>
        <StartDialog onClose={() => setStarting(false)} />
      </Show>
      <Show when={renaming()} keyed>
        {(session) => (
          <RenameDialog
            name={session.name}
            rename={(name) => actions.rename(session, name)}
            onClose={() => setRenaming(undefined)}
          />
        )}
      </Show>
    </div>
  )
}
