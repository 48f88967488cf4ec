import type { CreateSessionInput } from '@sallyport/contract/session'
import { nameProblem } from './session-name.ts'
import { splitCommand } from './split-command.ts'

/** `command`: words for a program. `line`: a line for `sh -c`. `shell`: the login shell. */
export type StartKind = 'command' | 'line' | 'shell'

export interface EnvironmentRow {
  readonly name: string
  readonly value: string
}

export interface StartForm {
  readonly kind: StartKind
  readonly line: string
  readonly name: string
  readonly cwd: string
  readonly environment: readonly EnvironmentRow[]
}

export type StartField = 'line' | 'name' | 'cwd' | 'environment'
export type StartProblems = Partial<Record<StartField, string>>

/** One sentence per field that cannot be right. What only the daemon can know (does the directory exist?) it says itself. */
export const startProblems = (form: StartForm): StartProblems => {
  const problems: StartProblems = {}
  if (form.kind === 'command') {
    const split = splitCommand(form.line)
    if (!split.ok) problems.line = split.problem
  }
  if (form.kind === 'line' && form.line.trim() === '') problems.line = 'Type the line to run.'
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
    ...(form.name === '' ? {} : { name: form.name }),
    ...(form.cwd === '' ? {} : { cwd: form.cwd }),
    ...(rows.length === 0 ? {} : { env: Object.fromEntries(rows.map((row) => [row.name, row.value])) }),
  }
}

const commandOf = (form: StartForm): Pick<CreateSessionInput, 'provider' | 'command'> => {
  if (form.kind === 'shell') return { provider: 'shell', command: [] }
  if (form.kind === 'line') return { provider: 'command', command: ['sh', '-c', form.line] }
  const split = splitCommand(form.line)
  if (!split.ok) throw new Error(split.problem)
  return { provider: 'command', command: [...split.words] }
}

/** Beside which field an error of the daemon belongs. */
export const fieldOfError = (code: string | undefined, sentence: string): StartField | undefined => {
  if (code === 'conflict') return 'name'
  if (code !== 'cannot_start' && code !== 'bad_request') return undefined
  return /director/i.test(sentence) ? 'cwd' : 'line'
}
