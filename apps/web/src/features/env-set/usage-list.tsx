import type { EnvSet, EnvSetUsage } from '@sallyport/contract/env-set'
import { A } from '@solidjs/router'
import { createEffect, For, type JSX, on, Show } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { createFresh } from '../../lib/fresh.ts'
import { useSessionList } from '../session/session-list.ts'
import { whenWords } from '../session/session-words.ts'
import { StateBadge } from '../session/state-badge.tsx'
import { useEnvSets } from './env-sets.ts'

/** The sessions that were started with the set: live ones first, then those that ended and are still listed. */
export const UsageList = (props: { set: EnvSet }): JSX.Element => {
  const { client } = useDaemon()
  const envSets = useEnvSets()
  const { id } = props.set
  const usage = createFresh(() => client.envSet.usage.query({ envSet: id }))
  createEffect(on(envSets.liveUses, () => void usage.refresh()))
  return (
    <section class="env-set-card" aria-labelledby="usage-title">
      <h2 id="usage-title">Used by</h2>
      <Show when={usage.failure()}>
        {(sentence) => (
          <div class="env-set-failure" role="alert">
            <p class="problem">{sentence()}</p>
            <button type="button" class="button" onClick={() => void usage.refresh()}>
              Try again
            </button>
          </div>
        )}
      </Show>
      <Show when={usage.value()} fallback={<div class="env-set-awaited" aria-busy={usage.failure() === undefined} />}>
        {(known) => (
          <ul>
            <For
              each={known().sessions}
              fallback={<li class="env-set-none">No session that is listed was started with it.</li>}
            >
              {(session) => <Use session={session} />}
            </For>
          </ul>
        )}
      </Show>
    </section>
  )
}

const Use = (props: { session: EnvSetUsage['sessions'][number] }): JSX.Element => {
  const { nowMs } = useEnvSets()
  const list = useSessionList()
  /** As it is now, pushed by the daemon; what the question answered may be older. */
  const now = () => list.sessions[props.session.id]
  return (
    <li class="use">
      <A class="session-link ellipsis" href={`/sessions/${props.session.id}`}>
        {(now() ?? props.session).name}
      </A>
      <Show when={now()}>{(session) => <StateBadge session={session()} />}</Show>
      <span class="use-when tabular">{whenWords(now() ?? props.session, nowMs())}</span>
    </li>
  )
}
