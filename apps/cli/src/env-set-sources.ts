import {
  ENV_VALUE_MAX_BYTES,
  envNameProblem,
  envVariablesProblem,
  unsafeNamesProblem,
} from '@sallyport/contract/env-set-rules'
import type { Cli } from './cli.ts'
import { withDaemon } from './daemon-connection.ts'
import { CliError, EXIT, usageError } from './exit-code.ts'
import { printMessage } from './output/print.ts'
import { withHiddenInput } from './terminal/hidden-prompt.ts'
import { readStdinValue } from './terminal/stdin-value.ts'

/** What the daemon takes. A pipe's bytes stay bytes, because bytes can be wiped. */
interface Variable {
  readonly name: string
  readonly value: string | Buffer<ArrayBuffer>
}

/** Where the variables of `env-set create` and `env-set set` come from. No message has any part of a value in it. */
export interface SourceOptions {
  readonly var?: readonly string[]
  readonly varFile?: string
  readonly fromStdin?: string
  readonly exact?: boolean
  readonly fromEnv?: readonly string[]
  readonly allowUnsafeName?: boolean
}

const fromArgument = (given: string): Variable => {
  const cut = given.indexOf('=')
  // Not shown: what has no sign in it may be the value.
  if (cut === -1) throw usageError('--var takes NAME=value', 'or no value on the command line: --from-stdin NAME')
  return { name: given.slice(0, cut), value: given.slice(cut + 1) }
}

const fromEnvironment = (cli: Cli, name: string): Variable => {
  const problem = envNameProblem(name)
  if (problem !== null) throw usageError(problem)
  const value = Object.hasOwn(cli.environment.variables, name) ? cli.environment.variables[name] : undefined
  if (value === undefined) throw usageError(`--from-env ${name}: it is not set here`)
  return { name, value }
}

const fromFile = async (path: string): Promise<Variable[]> => (await import('./dotenv-file.ts')).readDotenvFile(path)

const checked = (variables: readonly Variable[], allowUnsafeNames: boolean): void => {
  const problem =
    envVariablesProblem(variables) ?? (allowUnsafeNames ? null : unsafeNamesProblem(variables.map(({ name }) => name)))
  if (problem !== null) throw usageError(problem)
}

const warnOfArguments = (cli: Cli, name: string): Promise<void> =>
  printMessage(
    cli,
    `warning: other programs can read --var while this runs, and the shell keeps it in its history; next time: --from-stdin ${name}`,
  )

const tooLong = (name: string): CliError =>
  new CliError(EXIT.usage, 'too_large', `The value of ${name} has more than ${ENV_VALUE_MAX_BYTES / 1024} KiB.`)

/** Asked for, unseen, where a person sits at standard input. */
const typedValue = async (cli: Cli, name: string): Promise<string> => {
  if (cli.stderr.isTTY !== true) throw usageError('there is no terminal to ask on: standard error is not one')
  // Before anybody types a secret that nobody takes.
  const status = await withDaemon(cli, (client) => client.envSet.status.query())
  if (status.state === 'locked') throw new CliError(EXIT.refused, 'locked', status.message)
  return withHiddenInput(cli, async (ask) => {
    const line = await ask(`Value of ${name} (not shown): `)
    if (line.kind === 'unusable') throw usageError(line.reason, 'pipe it in, or use --var-file')
    return line.text
  })
}

const stdinValue = async (cli: Cli, name: string, exact: boolean): Promise<Variable['value']> => {
  if (cli.stdin.isTTY === true) return typedValue(cli, name)
  const value = await readStdinValue(cli.stdin, { maxBytes: ENV_VALUE_MAX_BYTES, exact })
  if (value === undefined) throw tooLong(name)
  return value
}

/**
 * The variables of all sources, checked as the daemon will, standard input last: nobody types a secret after a mistake in the flags. What came as bytes is wiped when `use`
 * is done. @throws a usage error
 */
export const withVariables = async <Result>(
  cli: Cli,
  options: SourceOptions,
  use: (variables: Variable[]) => Promise<Result>,
): Promise<Result> => {
  const { fromStdin, exact = false, allowUnsafeName = false } = options
  if (exact && fromStdin === undefined) throw usageError('--exact belongs to --from-stdin')
  const typed = options.var?.map(fromArgument) ?? []
  const variables = [
    ...typed,
    ...(options.fromEnv?.map((name) => fromEnvironment(cli, name)) ?? []),
    ...(options.varFile === undefined ? [] : await fromFile(options.varFile)),
  ]
  checked(fromStdin === undefined ? variables : [...variables, { name: fromStdin, value: '' }], allowUnsafeName)
  if (typed[0] !== undefined) await warnOfArguments(cli, typed[0].name)
  if (fromStdin === undefined) return use(variables)
  const value = await stdinValue(cli, fromStdin, exact)
  try {
    const all = [...variables, { name: fromStdin, value }]
    checked(all, allowUnsafeName)
    return await use(all)
  } finally {
    if (typeof value !== 'string') value.fill(0)
  }
}
