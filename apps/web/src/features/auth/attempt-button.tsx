import { type JSX, Show } from 'solid-js'
import { duration } from '../../lib/relative-time.ts'
import type { Attempt } from './create-attempt.ts'

/** The button of a form that proves something. It keeps its size whatever it says. */
export const AttemptButton = (props: { attempt: Attempt; label: string; busy?: string }): JSX.Element => {
  const waits = (): boolean => props.attempt.waitSeconds() > 0
  return (
    <>
      <button
        type="submit"
        class="button primary wide"
        disabled={props.attempt.busy() || waits()}
        aria-busy={props.attempt.busy()}
      >
        <Show when={waits()} fallback={props.attempt.busy() ? (props.busy ?? 'Checking…') : props.label}>
          Try again in <span class="tabular">{duration(props.attempt.waitSeconds() * 1000)}</span>
        </Show>
      </button>
      {/* The button counts without being read out every second. */}
      <p class="visually-hidden" role="status">
        {props.attempt.busy() ? (props.busy ?? 'Checking…') : ''}
      </p>
    </>
  )
}
