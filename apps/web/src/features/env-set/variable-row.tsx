import type { EnvVariable } from '@sallyport/contract/env-set'
import { type JSX, Show } from 'solid-js'
import { Icon } from '../../ui/icon.tsx'
import { When } from '../../ui/when.tsx'
import { NOT_MASKED } from './draft.ts'
import { useEnvSets } from './env-sets.ts'

interface VariableRowProps {
  readonly variable: EnvVariable
  readonly onReplace: () => void
  readonly onRemove: () => void
}

export const VariableRow = (props: VariableRowProps): JSX.Element => {
  const { mayChange, maySeal, nowMs } = useEnvSets()
  return (
    <li class="variable">
      <code class="variable-name">{props.variable.name}</code>
      <span class="variable-value">
        <span class="visually-hidden">value hidden</span>
        <span class="mono" aria-hidden="true">
          {props.variable.mask}
        </span>
      </span>
      <span class="variable-facts tabular">
        version {props.variable.version}, changed <When at={props.variable.changedAt} nowMs={nowMs()} />
      </span>
      <div class="variable-actions">
        <Show when={maySeal()}>
          <button type="button" class="button" onClick={props.onReplace}>
            Replace…<span class="visually-hidden"> {props.variable.name}</span>
          </button>
        </Show>
        <Show when={mayChange()}>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={`Remove ${props.variable.name}…`}
            title={`Remove ${props.variable.name}…`}
            onClick={props.onRemove}
          >
            <Icon name="trash" />
          </button>
        </Show>
      </div>
      <Show when={props.variable.unsafeReason !== null || !props.variable.maskedInOutput}>
        <ul class="variable-notes">
          <Show when={!props.variable.maskedInOutput}>
            <li>{NOT_MASKED}</li>
          </Show>
          <Show when={props.variable.unsafeReason}>{(reason) => <li>Unsafe name: it {reason()}.</li>}</Show>
        </ul>
      </Show>
    </li>
  )
}
