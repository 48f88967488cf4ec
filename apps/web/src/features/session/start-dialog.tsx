import { errorData } from '@sallyport/client/error-data'
import { useNavigate } from '@solidjs/router'
import { createEffect, createMemo, createSignal, createUniqueId, For, type JSX, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useDaemon } from '../../lib/daemon.ts'
import { errorSentence } from '../../lib/error-sentence.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { showProblem } from '../../ui/show-problem.ts'
import { say } from '../../ui/toasts.tsx'
import { AgentFields } from './agent-fields.tsx'
import { EnvSetFields } from './env-set-fields.tsx'
import { EnvironmentFields } from './environment-fields.tsx'
import { useSessionList } from './session-list.ts'
import { splitCommand } from './split-command.ts'
import {
  agentsOf,
  fieldOfError,
  type StartField,
  type StartForm,
  type StartKind,
  startInput,
  startProblems,
} from './start-form.ts'

const kinds: readonly { readonly kind: StartKind; readonly label: string; readonly hint: string }[] = [
  { kind: 'command', label: 'Command', hint: 'A program and its arguments, with quotes as in a shell.' },
  { kind: 'line', label: 'Shell line', hint: 'Run by sh -c: pipes, variables and wildcards work.' },
  { kind: 'shell', label: 'My shell', hint: 'Your login shell, interactive.' },
  { kind: 'agent', label: 'Agent', hint: 'A coding agent that is installed on this machine.' },
]

export const StartDialog = (props: { onClose: () => void }): JSX.Element => {
  const { client } = useDaemon()
  const { providers } = useSessionList()
  const navigate = useNavigate()
  const groupName = createUniqueId()
  const [form, setForm] = createStore<{ -readonly [K in keyof StartForm]: StartForm[K] }>({
    kind: 'command',
    line: '',
    provider: '',
    args: '',
    billing: 'subscription',
    envSets: [],
    name: '',
    cwd: '',
    environment: [],
  })
  const [problems, setProblems] = createSignal<Partial<Record<StartField | 'form', string>>>({})
  let fields!: HTMLDivElement
  const [busy, setBusy] = createSignal(false)
  // What is installed may have changed since the page was opened.
  void providers.refresh()
  const agents = createMemo(() => agentsOf(providers.value()?.providers ?? []))
  createEffect(() => {
    const first = agents().find(({ available }) => available)
    if (form.kind === 'agent' && form.provider === '' && first !== undefined) setForm('provider', first.id)
  })
  const kind = () => kinds.find((one) => one.kind === form.kind)
  /** What will run, when that is not what was typed: quotes have gone, words are whole. */
  const words = createMemo(() => {
    if (form.kind !== 'command' || !/['"\\]/.test(form.line)) return undefined
    const split = splitCommand(form.line)
    return split.ok ? split.words : undefined
  })

  const refuse = (found: ReturnType<typeof problems>): void => {
    setProblems(found)
    showProblem(fields)
  }

  const submit = async (): Promise<void> => {
    const found = startProblems(form)
    refuse(found)
    if (Object.keys(found).length > 0 || busy()) return
    setBusy(true)
    try {
      const { session, warnings } = await client.session.create.mutate(startInput(form))
      for (const warning of warnings) say(warning)
      props.onClose()
      navigate(`/sessions/${session.id}`)
    } catch (error) {
      const sentence = errorSentence(error)
      refuse({ [fieldOfError(errorData(error)?.code, sentence, form.kind) ?? 'form']: sentence })
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog
      title="New session"
      onClose={props.onClose}
      onSubmit={() => void submit()}
      foot={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {busy() ? 'Starting…' : 'Start'}
          </button>
        </>
      }
    >
      <div ref={fields} class="dialog-fields">
        <div class="segments" role="radiogroup" aria-label="What to run">
          <For each={kinds}>
            {(one) => (
              <label class="segment">
                <input
                  type="radio"
                  name={groupName}
                  checked={form.kind === one.kind}
                  onChange={() => setForm('kind', one.kind)}
                />
                <span>{one.label}</span>
              </label>
            )}
          </For>
        </div>
        <Show when={form.kind === 'command' || form.kind === 'line'} fallback={<p class="hint">{kind()?.hint}</p>}>
          <Field
            mono
            autofocus
            label={kind()?.label ?? ''}
            hint={kind()?.hint}
            placeholder={form.kind === 'command' ? 'npm run build' : 'tail -f *.log | grep error'}
            value={form.line}
            onInput={(line) => setForm('line', line)}
            problem={problems().line}
          />
          <Show when={words()}>
            {(list) => (
              <div class="words" role="note" aria-label="The words as the program gets them">
                <For each={list()}>{(word) => <code>{word}</code>}</For>
              </div>
            )}
          </Show>
        </Show>
        <Show when={form.kind === 'agent'}>
          <AgentFields agents={agents()} form={form} onChange={setForm} problems={problems()} />
          <Show when={providers.failure()}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
        </Show>
        <div class="form-pair">
          <Field
            label="Name"
            hint="Chosen for you when empty."
            value={form.name}
            onInput={(name) => setForm('name', name)}
            problem={problems().name}
          />
          <Field
            mono
            label="Directory"
            hint="Your home when empty."
            placeholder="/home/me/work"
            value={form.cwd}
            onInput={(cwd) => setForm('cwd', cwd)}
            problem={problems().cwd}
          />
        </div>
        <EnvSetFields
          chosen={form.envSets}
          onChange={(envSets) => setForm('envSets', envSets)}
          problem={problems().envSets}
        />
        <EnvironmentFields
          rows={form.environment}
          onChange={(rows) => setForm('environment', rows)}
          problem={problems().environment}
        />
        <div role="alert">
          <Show when={problems().form}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
        </div>
      </div>
    </Dialog>
  )
}
