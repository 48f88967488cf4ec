import { createUniqueId, Index, type JSX, Show } from 'solid-js'
import { Icon } from '../../ui/icon.tsx'
import type { EnvironmentRow } from './start-form.ts'

interface EnvironmentFieldsProps {
  readonly rows: readonly EnvironmentRow[]
  readonly onChange: (rows: readonly EnvironmentRow[]) => void
  readonly problem: string | undefined
}

export const EnvironmentFields = (props: EnvironmentFieldsProps): JSX.Element => {
  const id = createUniqueId()
  const change = (index: number, part: Partial<EnvironmentRow>): void =>
    props.onChange(props.rows.map((row, at) => (at === index ? { ...row, ...part } : row)))
  return (
    <fieldset class="environment" aria-describedby={`${id}-problem`}>
      <legend class="field-label">Environment</legend>
      <Show when={props.rows.length === 0}>
        <p class="hint">What your login shell sets. Add variables on top of it:</p>
      </Show>
      <Index each={props.rows}>
        {(row, index) => (
          <div class="environment-row">
            <input
              class="input mono"
              placeholder="NAME"
              aria-label={`Name of variable ${index + 1}`}
              value={row().name}
              onInput={(event) => change(index, { name: event.currentTarget.value })}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
            />
            <input
              class="input mono"
              placeholder="value"
              aria-label={`Value of variable ${index + 1}`}
              value={row().value}
              onInput={(event) => change(index, { value: event.currentTarget.value })}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
            />
            <button
              type="button"
              class="button quiet icon-only"
              aria-label={`Remove variable ${index + 1}`}
              onClick={() => props.onChange(props.rows.filter((_, at) => at !== index))}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </Index>
      <div>
        <button type="button" class="button" onClick={() => props.onChange([...props.rows, { name: '', value: '' }])}>
          <Icon name="plus" />
          Add a variable
        </button>
      </div>
      <div id={`${id}-problem`} role="alert">
        <Show when={props.problem}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
      </div>
    </fieldset>
  )
}
