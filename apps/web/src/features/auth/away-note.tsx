import { type JSX, Show } from 'solid-js'
import { Icon } from '../../ui/icon.tsx'
import type { Asking } from './ask-daemon.ts'

/** Says that the daemon does not answer and that the page goes on trying; the form below keeps what was typed. */
export const AwayNote = (props: { asking: Asking }): JSX.Element => (
  <div role="status" class="auth-live">
    <Show when={props.asking.away()}>
      {(sentence) => (
        <div class="auth-away">
          <Icon name="warning" />
          <p>{sentence()} Trying again…</p>
          <button type="button" class="button" onClick={props.asking.ask}>
            Try now
          </button>
        </div>
      )}
    </Show>
  </div>
)
