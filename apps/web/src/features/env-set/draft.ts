import type { EnvVariable } from '@sallyport/contract/env-set'
import { envVariablesProblem, isMaskedInOutput, isPlainSetting } from '@sallyport/contract/env-set-rules'
import { unsafeNameReason } from '@sallyport/contract/env-set-unsafe-names'
import { pasteLines, type TypedVariable } from './paste-lines.ts'

/** What is being typed: one variable with its fields, or several as lines. */
export interface Draft {
  readonly kind: 'one' | 'lines'
  readonly name: string
  readonly value: string
  readonly lines: string
  /** The yes that names like LD_PRELOAD need (E5). */
  readonly allowUnsafeNames: boolean
}

export const emptyDraft: Draft = { kind: 'one', name: '', value: '', lines: '', allowUnsafeNames: false }

export interface ReadDraft {
  readonly variables: readonly TypedVariable[]
  /** A sentence, or null when all of it can be saved. */
  readonly problem: string | null
  /** As `LD_PRELOAD makes every program …`. */
  readonly unsafe: readonly string[]
}

/** As the CLI does with what comes through a pipe: what is copied from a terminal or a file ends with a line break that nobody means. */
export const withoutLastBreak = (value: string): string => value.replace(/\r?\n$/, '')

/** The variables as they would be saved, with the first thing that stands against it. */
export const readDraft = (draft: Draft): ReadDraft => {
  const { variables, problems } = draft.kind === 'lines' ? pasteLines(draft.lines) : oneVariable(draft)
  const unsafe = variables.flatMap(({ name }) => {
    const reason = unsafeNameReason(name)
    return reason === null ? [] : [`${name} ${reason}.`]
  })
  const notAllowed =
    unsafe.length > 0 && !draft.allowUnsafeNames
      ? `Tick the box if you want ${unsafe.length === 1 ? 'this name' : 'these names'}.`
      : null
  return { variables, problem: problems[0] ?? envVariablesProblem(variables) ?? notAllowed, unsafe }
}

const oneVariable = ({ name, value }: Draft): ReturnType<typeof pasteLines> => ({
  variables: name === '' && value === '' ? [] : [{ name, value: withoutLastBreak(value) }],
  problems: [],
})

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** How much was typed, for somebody who does not see it: whether all of it arrived. */
export const sizeWords = (value: string): string => {
  if (value === '') return 'empty'
  const characters = counted([...value].length, 'character', 'characters')
  const lines = value.split('\n').length
  return lines === 1 ? characters : `${characters} in ${lines.toLocaleString('en')} lines`
}

/** What saving does: `new`, or which version it replaces. */
export const changeWords = (name: string, present: readonly Pick<EnvVariable, 'name' | 'version'>[]): string => {
  const replaced = present.find((variable) => variable.name === name)
  return replaced === undefined ? 'new' : `replaces version ${replaced.version}`
}

/** Shown wherever a value is too short for O8. */
export const NOT_MASKED = 'Not masked in output: too short'
const MASKED_TOO_OFTEN =
  'Will be replaced wherever a session prints it. A plain setting needs no env set: start with --env.'

/** What masking will not do, or do too much, with a value that is being typed; null when it is what a secret looks like. */
export const maskingCaution = (value: string): string | null => {
  if (!isMaskedInOutput(value)) return NOT_MASKED
  return isPlainSetting(value) ? MASKED_TOO_OFTEN : null
}
