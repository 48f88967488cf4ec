import type { Session } from '@sallyport/contract/session'
import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import { byteSize } from '../../lib/byte-size.ts'
import { plainText } from '../../lib/plain-text.ts'
import { shortenPath } from '../../lib/shorten-path.ts'
import { Icon } from '../../ui/icon.tsx'
import { MenuButton, type MenuItem } from '../../ui/menu.tsx'
import { SessionTags } from './session-tags.tsx'
import { whenWords } from './session-words.ts'
import { joinCommand } from './split-command.ts'
import { StateBadge } from './state-badge.tsx'

interface SessionRowProps {
  readonly session: Session
  readonly menu: readonly MenuItem[]
  readonly nowMs: number
  /** Removed by somebody while the rows are held in place. */
  readonly gone: boolean
}

/** What a person would say it runs. */
export const commandWords = (session: Session): string =>
  session.provider === 'shell' ? 'login shell' : plainText(joinCommand(session.command), 300)

export const SessionRow = (props: SessionRowProps): JSX.Element => (
  <li class="session-row" classList={{ gone: props.gone }}>
    <StateBadge session={props.session} />
    <div class="session-what">
      <A class="session-link ellipsis" href={`/sessions/${props.session.id}`}>
        {props.session.name}
      </A>
      <span class="session-command mono ellipsis" title={commandWords(props.session)}>
        {commandWords(props.session)}
      </span>
      <SessionTags session={props.session} />
    </div>
    <span class="session-cwd mono ellipsis" title={plainText(props.session.cwd, 4096)}>
      {shortenPath(plainText(props.session.cwd, 4096))}
    </span>
    <span class="session-when tabular" title={new Date(props.session.createdAt).toLocaleString()}>
      {whenWords(props.session, props.nowMs)}
    </span>
    <span class="session-facts tabular">
      <span title={`${props.session.logBytes} bytes of output`}>{byteSize(props.session.logBytes)}</span>
      <Show when={props.session.viewers > 0}>
        <span class="session-viewers" title="Attached terminals">
          <Icon name="eye" />
          {props.session.viewers}
          <span class="visually-hidden"> attached</span>
        </span>
      </Show>
    </span>
    <div class="session-row-menu">
      <Show when={!props.gone}>
        <MenuButton label={`Actions for ${props.session.name}`} items={props.menu} />
      </Show>
    </div>
  </li>
)
