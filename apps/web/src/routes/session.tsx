import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import { A, useNavigate, useParams } from '@solidjs/router'
import {
  createEffect,
  createMemo,
  createResource,
  createSignal,
  type JSX,
  Match,
  onCleanup,
  Show,
  Switch,
} from 'solid-js'
import { useSessionActions } from '../features/session/session-actions.ts'
import { SessionHeader } from '../features/session/session-header.tsx'
import { useSessionList } from '../features/session/session-list.ts'
import { useDaemon } from '../lib/daemon.ts'
import { errorSentence } from '../lib/error-sentence.ts'
import { TerminalView } from '../terminal/terminal-view.tsx'
import { Icon } from '../ui/icon.tsx'
import { RenameDialog } from '../ui/rename-dialog.tsx'

/** The session of the address, which may be a name or the start of an id as well (K1). */
export const SessionPage = (): JSX.Element => {
  const params = useParams<{ id: string }>()
  const { client } = useDaemon()
  const list = useSessionList()
  const [asked] = createResource(
    () => (list.sessions[params.id] === undefined ? params.id : undefined),
    (session) => client.session.get.query({ session }),
  )
  const session = createMemo((): Session | undefined => {
    const listed = list.sessions[params.id]
    if (listed) return listed
    const answer = asked.state === 'ready' ? asked()?.session : undefined
    return answer && (list.sessions[answer.id] ?? answer)
  })
  return (
    <Switch fallback={<div class="session-page" aria-busy="true" />}>
      {/* Another session is another terminal. Changes of this one leave the terminal alone. */}
      <Match when={session()?.id} keyed>
        {(_id) => <SessionView session={session() as Session} />}
      </Match>
      <Match when={asked.error}>
        {(error) => (
          <div class="notice-page">
            <div class="notice-card" role="alert">
              <h1>This session cannot be shown</h1>
              <p class="muted">{errorSentence(error())}</p>
              <p>
                <A href="/sessions">Go to your sessions</A>
              </p>
            </div>
          </div>
        )}
      </Match>
    </Switch>
  )
}

const SessionView = (props: { session: Session }): JSX.Element => {
  const daemon = useDaemon()
  const actions = useSessionActions()
  const navigate = useNavigate()
  const [renaming, setRenaming] = createSignal(false)
  const [title, setTitle] = createSignal('')
  const first = props.session
  createEffect(() => {
    document.title = [title(), props.session.name, 'Sallyport'].filter((part) => part !== '').join(' · ')
  })
  onCleanup(() => {
    document.title = 'Sallyport'
  })
  return (
    <div class="session-page">
      <SessionHeader
        session={props.session}
        onRename={() => setRenaming(true)}
        onRemoved={() => navigate('/sessions')}
      />
      <Show when={props.session.recordingPaused}>
        {(why) => (
          <div class="banner" role="status">
            <Icon name="warning" />
            <span>Recording is paused: {why()} What you see here is live, but not kept.</span>
          </div>
        )}
      </Show>
      <Show when={daemon.user()}>
        <TerminalView
          session={first.id}
          size={{ cols: first.cols, rows: first.rows }}
          live={isLive(props.session.state)}
          alone={first.viewers === 0}
          readOnly={!daemon.mayOperate()}
          onTitle={setTitle}
        />
      </Show>
      <Show when={renaming()}>
        <RenameDialog
          name={props.session.name}
          rename={(name) => actions.rename(props.session, name)}
          onClose={() => setRenaming(false)}
        />
      </Show>
    </div>
  )
}
