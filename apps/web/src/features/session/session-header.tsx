import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import { byteSize } from '../../lib/byte-size.ts'
import { createClock } from '../../lib/clock.ts'
import { useDaemon } from '../../lib/daemon.ts'
import { plainText } from '../../lib/plain-text.ts'
import { changeTerminalFont, screenReaderMode, toggleScreenReaderMode } from '../../lib/preferences.ts'
import { shortenPath } from '../../lib/shorten-path.ts'
import { Icon } from '../../ui/icon.tsx'
import { MenuButton } from '../../ui/menu.tsx'
import { sessionMenu, useSessionActions } from './session-actions.ts'
import { commandWords } from './session-row.tsx'
import { SessionTags } from './session-tags.tsx'
import { whenWords } from './session-words.ts'
import { StateBadge } from './state-badge.tsx'

interface SessionHeaderProps {
  readonly session: Session
  readonly onRename: () => void
  readonly onRemoved: () => void
}

export const SessionHeader = (props: SessionHeaderProps): JSX.Element => {
  const daemon = useDaemon()
  const actions = useSessionActions()
  const nowMs = createClock()
  const live = () => isLive(props.session.state)
  return (
    <div class="session-head">
      <A class="button quiet icon-only" href="/sessions" aria-label="Back to all sessions">
        <Icon name="back" />
      </A>
      <div class="session-title">
        <div class="session-title-line">
          <h1 class="ellipsis">{props.session.name}</h1>
          <StateBadge session={props.session} />
        </div>
        <div class="session-details tabular">
          <span class="mono ellipsis" title={commandWords(props.session)}>
            {commandWords(props.session)}
          </span>
          <span class="mono ellipsis optional" title={plainText(props.session.cwd, 4096)}>
            {shortenPath(plainText(props.session.cwd, 4096), 40)}
          </span>
          <span class="optional">{whenWords(props.session, nowMs())}</span>
          <span class="optional" title="Columns and rows of the terminal">
            {props.session.cols} × {props.session.rows}
          </span>
          <span class="optional" title={`${props.session.logBytes} bytes of output`}>
            {byteSize(props.session.logBytes)}
          </span>
          <Show when={props.session.viewers > 0}>
            <span class="session-viewers optional" title="Attached terminals">
              <Icon name="eye" />
              {props.session.viewers}
              <span class="visually-hidden"> attached</span>
            </span>
          </Show>
        </div>
      </div>
      <SessionTags session={props.session} />
      <div class="session-actions">
        <Show when={daemon.mayOperate()}>
          <Show
            when={live()}
            fallback={
              <button type="button" class="button optional" onClick={() => void actions.runAgain(props.session)}>
                <Icon name="again" />
                Run again
              </button>
            }
          >
            <button type="button" class="button optional" onClick={() => void actions.stop(props.session)}>
              <Icon name="stop" />
              Stop
            </button>
          </Show>
          <span class="rule optional" aria-hidden="true" />
        </Show>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Smaller text"
          title="Smaller text"
          onClick={() => changeTerminalFont(-1)}
        >
          <Icon name="smaller" />
        </button>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Larger text"
          title="Larger text"
          onClick={() => changeTerminalFont(1)}
        >
          <Icon name="larger" />
        </button>
        <button
          type="button"
          class="button quiet icon-only optional"
          aria-label="Screen reader support in the terminal"
          title="Screen reader support in the terminal"
          aria-pressed={screenReaderMode()}
          onClick={toggleScreenReaderMode}
        >
          <Icon name="reader" />
        </button>
        <MenuButton
          label={`Actions for ${props.session.name}`}
          items={sessionMenu(props.session, actions, {
            mayOperate: daemon.mayOperate(),
            rename: props.onRename,
            removed: props.onRemoved,
          })}
        />
      </div>
    </div>
  )
}
