import { type JSX, Show } from 'solid-js'
import { CopyButton } from '../../ui/copy-button.tsx'
import type { StateFilter } from './session-order.ts'

const COMMAND = 'sallyport start -- npm run build'

interface EmptyListProps {
  /** There is no session at all, not only none that the filter lets through. */
  readonly none: boolean
  readonly state: StateFilter
  readonly mayStart: boolean
}

export const EmptyList = (props: EmptyListProps): JSX.Element => (
  <div class="session-list empty">
    <Show
      when={props.none}
      fallback={
        <>
          <h2>Nothing matches</h2>
          <p class="muted">
            No {props.state === 'all' ? '' : `${props.state} `}session has this name, command or directory.
          </p>
        </>
      }
    >
      <h2>No sessions yet</h2>
      <p class="muted">
        {props.mayStart
          ? 'Start one here with the key n, or from a terminal:'
          : 'Sessions appear here as soon as one starts.'}
      </p>
      <Show when={props.mayStart}>
        <div class="command-line">
          <code>
            <span class="prompt" aria-hidden="true">
              ${' '}
            </span>
            {COMMAND}
          </code>
          <CopyButton text={COMMAND} label="Copy the command" />
        </div>
      </Show>
    </Show>
  </div>
)
