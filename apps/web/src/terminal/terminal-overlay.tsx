import { type JSX, Match, Switch } from 'solid-js'
import { useDaemon } from '../lib/daemon.ts'
import type { AttachedTerminal } from './attach-terminal.ts'

/** Lies over the terminal while what is typed would go nowhere, so that nobody types into the void. */
export const TerminalOverlay = (props: { attached: AttachedTerminal }): JSX.Element => {
  const daemon = useDaemon()
  return (
    <Switch>
      <Match when={props.attached.phase() === 'cut'}>
        <div class="terminal-overlay" role="status">
          <div class="terminal-overlay-card">
            <span class="spinner" aria-hidden="true" />
            <p>
              <strong>Reconnecting…</strong>
            </p>
            <p class="muted">The session goes on. Nothing of its output is lost.</p>
            <button type="button" class="button" onClick={() => daemon.connection.reconnectNow()}>
              Try now
            </button>
          </div>
        </div>
      </Match>
      <Match when={props.attached.phase() === 'failed'}>
        <div class="terminal-overlay" role="alert">
          <div class="terminal-overlay-card">
            <p>
              <strong>The output cannot be shown.</strong>
            </p>
            <p class="muted">{props.attached.failure()}</p>
            <button type="button" class="button" onClick={() => location.reload()}>
              Load the page again
            </button>
          </div>
        </div>
      </Match>
    </Switch>
  )
}
