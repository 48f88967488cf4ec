import type { Billing, CreateSessionInput, SessionProvider } from '@sallyport/contract/session'
import { nameProblem } from '../../lib/name-problem.ts'
import { type Split, splitCommand, splitWords } from './split-command.ts'

/** `command`: words for a program. `line`: a line for `sh -c`. `shell`: the login shell. `agent`: a provider that the daemon knows. */
export type StartKind = 'command' | 'line' | 'shell' | 'agent'

export interface EnvironmentRow {
  readonly name: string
  readonly value: string
}

export interface StartForm {
  readonly kind: StartKind
  readonly line: string
  /** Id of the agent; empty while none is chosen. */
  readonly provider: string
  /** What the agent is started with beside its own command. */
  readonly args: string
  readonly billing: Billing
  /** Ids, the last one wins. */
  readonly envSets: readonly string[]
  readonly name: string
  readonly cwd: string
  readonly environment: readonly EnvironmentRow[]
}

export type StartField = 'line' | 'provider' | 'args' | 'envSets' | 'name' | 'cwd' | 'environment'
export type StartProblems = Partial<Record<StartField, string>>

/** One sentence per field that cannot be right. What only the daemon can know (does the directory exist?) it says itself. */
export const startProblems = (form: StartForm): StartProblems => {
  const problems: StartProblems = {}
  if (form.kind === 'command') {
    const split = splitCommand(form.line)
    if (!split.ok) problems.line = split.problem
  }
  if (form.kind === 'line' && form.line.trim() === '') problems.line = 'Type the line to run.'
  if (form.kind === 'agent') {
    if (form.provider === '') problems.provider = 'Choose an agent.'
    const split = splitWords(form.args)
    if (!split.ok) problems.args = split.problem
  }
  const name = form.name === '' ? undefined : nameProblem(form.name)
  if (name !== undefined) problems.name = name
  if (form.cwd !== '' && !form.cwd.startsWith('/'))
    problems.cwd = 'A directory starts with a slash, such as /home/me/work.'
  const environment = environmentProblem(form.environment)
  if (environment !== undefined) problems.environment = environment
  return problems
}

const used = (row: EnvironmentRow): boolean => row.name !== '' || row.value !== ''

const environmentProblem = (rows: readonly EnvironmentRow[]): string | undefined => {
  const names = new Set<string>()
  for (const row of rows.filter(used)) {
    if (row.name === '') return 'A value needs the name of its variable.'
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(row.name)) {
      return `${row.name} is no variable name: letters, digits and underscores, not starting with a digit.`
    }
    if (names.has(row.name)) return `${row.name} is set twice.`
    names.add(row.name)
  }
  return undefined
}

/** Only for a form without problems. */
export const startInput = (form: StartForm): CreateSessionInput => {
  const rows = form.environment.filter(used)
  return {
    ...commandOf(form),
    ...(form.envSets.length === 0 ? {} : { envSets: [...form.envSets] }),
    ...(form.name === '' ? {} : { name: form.name }),
    ...(form.cwd === '' ? {} : { cwd: form.cwd }),
    ...(rows.length === 0 ? {} : { env: Object.fromEntries(rows.map((row) => [row.name, row.value])) }),
  }
}

const commandOf = (form: StartForm): Pick<CreateSessionInput, 'provider' | 'command' | 'billing'> => {
  if (form.kind === 'shell') return { provider: 'shell', command: [] }
  if (form.kind === 'line') return { provider: 'command', command: ['sh', '-c', form.line] }
  if (form.kind === 'agent') {
    return { provider: form.provider, command: wordsOf(splitWords(form.args)), billing: form.billing }
  }
  return { provider: 'command', command: wordsOf(splitCommand(form.line)) }
}

const wordsOf = (split: Split): string[] => {
  if (!split.ok) throw new Error(split.problem)
  return [...split.words]
}

/** What has a program of its own to start; those that are installed come first. */
export const agentsOf = <Provider extends Pick<SessionProvider, 'id' | 'available'>>(
  providers: readonly Provider[],
): Provider[] =>
  providers
    .filter(({ id }) => id !== 'shell' && id !== 'command')
    .sort((a, b) => Number(b.available) - Number(a.available))

/** The list with one of it a place further up or down. */
export const moved = (list: readonly string[], one: string, by: 1 | -1): string[] => {
  const at = list.indexOf(one)
  const to = at + by
  const other = list[to]
  return other === undefined ? [...list] : list.map((id, index) => (index === at ? other : index === to ? one : id))
}

/** Beside which field an error of the daemon belongs. */
export const fieldOfError = (code: string | undefined, sentence: string, kind: StartKind): StartField | undefined => {
  if (code === 'conflict') return 'name'
  // Deleted meanwhile, locked, or not as it was sealed.
  if (code === 'not_found' || code === 'locked' || code === 'integrity') return 'envSets'
  if (code !== 'cannot_start' && code !== 'bad_request') return undefined
  return /director/i.test(sentence) ? 'cwd' : kind === 'agent' ? 'provider' : 'line'
}
