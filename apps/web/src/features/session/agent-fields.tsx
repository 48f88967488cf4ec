import type { Billing, SessionProvider } from '@sallyport/contract/session'
import { createUniqueId, For, type JSX, Show } from 'solid-js'
import { CommandLine } from '../../ui/command-line.tsx'
import { Field } from '../../ui/field.tsx'
import { joinCommand } from './split-command.ts'
import type { StartForm } from './start-form.ts'

interface AgentFieldsProps {
  readonly agents: readonly SessionProvider[]
  readonly form: StartForm
  readonly onChange: (part: Partial<StartForm>) => void
  readonly problems: { readonly provider?: string; readonly args?: string }
}

const billings: readonly { readonly billing: Billing; readonly label: string; readonly hint: string }[] = [
  {
    billing: 'subscription',
    label: 'Subscription',
    hint: 'API keys are taken out of its environment, so it uses the sign-in that it has itself.',
  },
  { billing: 'api', label: 'API key', hint: 'API keys in its environment stay, and what it does is billed to them.' },
]

/** Which agent, what it is started with, and who pays for it (S7). */
export const AgentFields = (props: AgentFieldsProps): JSX.Element => {
  const group = createUniqueId()
  const chosen = () => props.agents.find(({ id }) => id === props.form.provider)
  return (
    <>
      <fieldset class="plain">
        <legend class="field-label">Agent</legend>
        <For each={props.agents}>
          {(agent) => (
            <Agent
              agent={agent}
              group={group}
              checked={agent.id === props.form.provider}
              onChoose={() => props.onChange({ provider: agent.id })}
            />
          )}
        </For>
        <div role="alert">
          <Show when={props.problems.provider}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
        </div>
      </fieldset>
      <Field
        mono
        label="Arguments"
        hint="Added to its command. None are needed."
        value={props.form.args}
        onInput={(args) => props.onChange({ args })}
        problem={props.problems.args}
      />
      <Show when={chosen()?.capabilities.billing}>
        <fieldset class="plain">
          <legend class="field-label">Billing</legend>
          <div class="segments">
            <For each={billings}>
              {(one) => (
                <label class="segment">
                  <input
                    type="radio"
                    name={`${group}-billing`}
                    checked={props.form.billing === one.billing}
                    onChange={() => props.onChange({ billing: one.billing })}
                  />
                  <span>{one.label}</span>
                </label>
              )}
            </For>
          </div>
          <p class="hint">{billings.find(({ billing }) => billing === props.form.billing)?.hint}</p>
        </fieldset>
      </Show>
    </>
  )
}

interface AgentProps {
  readonly agent: SessionProvider
  readonly group: string
  readonly checked: boolean
  readonly onChoose: () => void
}

const Agent = (props: AgentProps): JSX.Element => (
  <div class="choice">
    <label class="choice-label">
      <input
        type="radio"
        name={props.group}
        checked={props.checked}
        disabled={!props.agent.available}
        onChange={props.onChoose}
      />
      <span>{props.agent.title}</span>
      <code class="muted ellipsis">{joinCommand(props.agent.command)}</code>
    </label>
    <Show when={!props.agent.available}>
      <p class="hint">
        {props.agent.installHint === null ? 'It is not on the PATH.' : 'Not installed. This installs it:'}
      </p>
      <Show when={props.agent.installHint}>{(command) => <CommandLine command={command()} />}</Show>
    </Show>
  </div>
)
