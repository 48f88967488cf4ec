import type { EnvVariable } from '@sallyport/contract/env-set'
import { createUniqueId, For, type JSX, Show } from 'solid-js'
import { Field } from '../../ui/field.tsx'
import { changeWords, type Draft, maskingCaution, type ReadDraft, sizeWords } from './draft.ts'
import type { TypedVariable } from './paste-lines.ts'
import { SecretArea } from './secret-area.tsx'

interface DraftFieldsProps {
  readonly draft: Draft
  readonly read: ReadDraft
  readonly onChange: (part: Partial<Draft>) => void
  /** What the set has already. */
  readonly present: readonly EnvVariable[]
  readonly autofocus?: boolean
}

const kinds = [
  { kind: 'one', label: 'One variable' },
  { kind: 'lines', label: 'Several, as lines' },
] as const

/** Where variables are typed: one, or several as `NAME=value` lines. What will be saved is listed below, without the values. */
export const DraftFields = (props: DraftFieldsProps): JSX.Element => {
  const group = createUniqueId()
  return (
    <>
      <div class="segments" role="radiogroup" aria-label="How to add variables">
        <For each={kinds}>
          {(one) => (
            <label class="segment">
              <input
                type="radio"
                name={group}
                checked={props.draft.kind === one.kind}
                onChange={() => props.onChange({ kind: one.kind })}
              />
              <span>{one.label}</span>
            </label>
          )}
        </For>
      </div>
      <Show
        when={props.draft.kind === 'one'}
        fallback={
          <SecretArea
            label="Lines"
            rows={6}
            placeholder={'API_TOKEN=…\nDATABASE_URL=postgres://…'}
            value={props.draft.lines}
            onInput={(lines) => props.onChange({ lines })}
            hint="As in a .env file: NAME=value, comments and quotes. Nothing in a value is expanded."
            autofocus={props.autofocus ?? false}
          />
        }
      >
        <Field
          mono
          label="Name"
          placeholder="API_TOKEN"
          value={props.draft.name}
          onInput={(name) => props.onChange({ name })}
          autofocus={props.autofocus ?? false}
        />
        <SecretArea
          label="Value"
          rows={2}
          value={props.draft.value}
          onInput={(value) => props.onChange({ value })}
          hint="It cannot be read back here. A line break at its end is left out."
        />
      </Show>
      <Show when={props.read.variables.length > 0}>
        <ul class="draft-list" aria-label="What will be saved">
          <For each={props.read.variables}>
            {(variable) => <DraftRow variable={variable} present={props.present} />}
          </For>
        </ul>
      </Show>
      <UnsafeConsent read={props.read} draft={props.draft} onChange={props.onChange} />
    </>
  )
}

const DraftRow = (props: { variable: TypedVariable; present: readonly EnvVariable[] }): JSX.Element => (
  <li class="draft-row">
    <code>{props.variable.name || '(no name)'}</code>
    <span class="muted">
      {changeWords(props.variable.name, props.present)}, {sizeWords(props.variable.value)}
    </span>
    <Show when={maskingCaution(props.variable.value)}>{(caution) => <span class="caution">{caution()}</span>}</Show>
  </li>
)

/** E5: whoever may write an env set could run code in sessions of others. */
export const UnsafeConsent = (props: {
  read: Pick<ReadDraft, 'unsafe'>
  draft: Pick<Draft, 'allowUnsafeNames'>
  onChange: (part: Partial<Draft>) => void
}): JSX.Element => (
  <Show when={props.read.unsafe.length > 0}>
    <div class="unsafe">
      <ul>
        <For each={props.read.unsafe}>{(sentence) => <li>{sentence}</li>}</For>
      </ul>
      <label class="check">
        <input
          type="checkbox"
          checked={props.draft.allowUnsafeNames}
          onChange={(event) => props.onChange({ allowUnsafeNames: event.currentTarget.checked })}
        />
        <span>That is what I want in the sessions that get this set</span>
      </label>
    </div>
  </Show>
)
