import '../features/env-set/env-set.css'
import type { EnvSet } from '@sallyport/contract/env-set'
import { A, useParams } from '@solidjs/router'
import { createEffect, createMemo, type JSX, Match, on, Show, Switch } from 'solid-js'
import { EnvSetList } from '../features/env-set/env-set-list.tsx'
import { EnvSetView } from '../features/env-set/env-set-view.tsx'
import { createEnvSets, EnvSetsProvider } from '../features/env-set/env-sets.ts'
import { findEnvSet } from '../features/env-set/find-env-set.ts'
import { useSessionList } from '../features/session/session-list.ts'
import { useDaemon } from '../lib/daemon.ts'

/** All env sets, or the one of the address. */
export const EnvSetsPage = (): JSX.Element => {
  const envSets = createEnvSets(useDaemon(), useSessionList())
  const params = useParams<{ ref?: string }>()
  const sets = (): readonly EnvSet[] | undefined => envSets.list.value()?.envSets
  const shown = createMemo((): EnvSet | undefined => findEnvSet(sets() ?? [], params.ref ?? ''))
  createEffect(() => {
    if (shown() === undefined) document.title = 'Env sets · Sallyport'
  })
  // A link that led from one to the other is gone: screen readers go on where the new page begins.
  createEffect(
    on(
      () => params.ref,
      () => page.querySelector<HTMLElement>('h1')?.focus(),
      { defer: true },
    ),
  )
  let page!: HTMLDivElement
  return (
    <EnvSetsProvider value={envSets}>
      <div ref={page} class="env-sets" aria-busy={sets() === undefined && envSets.list.failure() === undefined}>
        <Switch>
          <Match when={sets() === undefined && envSets.list.failure()}>
            {(sentence) => (
              <div class="env-set-card empty" role="alert">
                <h1>Env sets cannot be shown</h1>
                <p class="muted">{sentence()}</p>
                <button type="button" class="button" onClick={() => envSets.refresh()}>
                  Try again
                </button>
              </div>
            )}
          </Match>
          <Match when={params.ref === undefined && sets()}>{(list) => <EnvSetList sets={list()} />}</Match>
          {/* Another set is another page: no dialog of this one stays open over it. */}
          <Match when={shown()?.id} keyed>
            {(_id) => <Show when={shown()}>{(set) => <EnvSetView set={set()} />}</Show>}
          </Match>
          <Match when={sets()}>
            <div class="env-set-card empty">
              <h1 tabindex="-1">There is no env set {params.ref}</h1>
              <p class="muted">It may have been renamed or deleted.</p>
              <p>
                <A href="/env-sets">Go to all env sets</A>
              </p>
            </div>
          </Match>
        </Switch>
      </div>
    </EnvSetsProvider>
  )
}
