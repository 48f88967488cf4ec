import { For, type JSX, Show } from 'solid-js'
import { Icon } from '../../ui/icon.tsx'
import { steps } from './onboarding-steps.ts'

/** Where in the setup a person is. */
export const ProgressSteps = (props: { current: number }): JSX.Element => (
  <ol class="steps" aria-label="Setup">
    <For each={steps}>
      {(step, index) => (
        <li
          class="step"
          classList={{ done: index() < props.current }}
          aria-current={index() === props.current ? 'step' : undefined}
        >
          <span class="step-mark" aria-hidden="true">
            <Show when={index() < props.current} fallback={index() + 1}>
              <Icon name="check" />
            </Show>
          </span>
          <span>
            {step.label}
            <Show when={index() < props.current}>
              <span class="visually-hidden">, done</span>
            </Show>
          </span>
        </li>
      )}
    </For>
  </ol>
)
