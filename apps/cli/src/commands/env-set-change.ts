import type { EnvSet } from '@sallyport/contract/env-set'
import { isPlainSetting, type NewEnvVariable } from '@sallyport/contract/env-set-rules'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { type SourceOptions, withVariables } from '../env-set-sources.ts'
import { EXIT, usageError } from '../exit-code.ts'
import { printLine, printMessage } from '../output/print.ts'
import { confirm } from '../terminal/typed-confirmation.ts'

const listed = (variables: readonly { readonly name: string }[]): string => variables.map(({ name }) => name).join(', ')

/** O8: whoever sets a short value is told that output shows it, and whoever sets an everyday word that output loses it. */
const warnOfMasking = async (cli: Cli, { variables }: EnvSet, set: readonly NewEnvVariable[]): Promise<void> => {
  const short = variables.filter(
    ({ name, maskedInOutput }) => !maskedInOutput && set.some((variable) => variable.name === name),
  )
  if (short.length > 0)
    await printMessage(cli, `warning: too short to be masked in the output of sessions: ${listed(short)}`)
  const plain = set.filter(({ value }) => isPlainSetting(value))
  if (plain.length > 0)
    await printMessage(
      cli,
      `warning: an everyday word or number, and replaced wherever a session prints it: ${listed(plain)}; a plain setting belongs into --env`,
    )
}

const count = (variables: number): string => `${variables} ${variables === 1 ? 'variable' : 'variables'}`

export interface CreateEnvSetOptions extends SourceOptions {
  readonly name: string
}

/** The id on stdout, for scripts; how to use it on stderr, for people. */
export const envSetCreate = (cli: Cli, options: CreateEnvSetOptions): Promise<number> =>
  withVariables(cli, options, async (variables) => {
    const { envSet } = await withDaemon(cli, (client) =>
      client.envSet.create.mutate({
        name: options.name,
        variables,
        allowUnsafeNames: options.allowUnsafeName === true,
      }),
    )
    await printLine(cli, envSet.id)
    await printMessage(
      cli,
      `${envSet.name} has ${count(variables.length)}; use it with: sallyport start --env-set ${envSet.name}`,
    )
    await warnOfMasking(cli, envSet, variables)
    return EXIT.ok
  })

/** New variables, and new values of those that exist, all or none. Sessions that run keep what they were started with. */
export const envSetSet = (cli: Cli, ref: string, options: SourceOptions): Promise<number> =>
  withVariables(cli, options, async (variables) => {
    if (variables.length === 0)
      throw usageError('set which variables?', 'name a source: --from-stdin, --var-file, --from-env or --var')
    const { envSet } = await withDaemon(cli, (client) =>
      client.envSet.set.mutate({ envSet: ref, variables, allowUnsafeNames: options.allowUnsafeName === true }),
    )
    const names = variables.map(({ name }) => name)
    const changed = envSet.variables.filter(({ name }) => names.includes(name))
    const versions = changed.map(({ name, version }) => `${name} (version ${version})`).join(', ')
    await printMessage(cli, `${envSet.name}: set ${versions}`)
    if (envSet.liveSessions > 0)
      await printMessage(cli, 'sessions that run keep the values that they were started with')
    await warnOfMasking(cli, envSet, variables)
    return EXIT.ok
  })

export const envSetUnset = async (cli: Cli, ref: string, names: readonly string[]): Promise<number> => {
  const { envSet } = await withDaemon(cli, (client) => client.envSet.unset.mutate({ envSet: ref, names: [...names] }))
  await printMessage(cli, `${envSet.name} has ${count(envSet.variables.length)} left`)
  return EXIT.ok
}

export const envSetRename = async (cli: Cli, ref: string, name: string): Promise<number> => {
  await withDaemon(cli, (client) => client.envSet.rename.mutate({ envSet: ref, name }))
  return EXIT.ok
}

/** A set that live sessions were started with goes only when its name is typed, or with `--force`: nothing brings its values back. */
export const envSetDelete = async (
  cli: Cli,
  ref: string,
  { force = false }: { readonly force?: boolean },
): Promise<number> => {
  const onTerminal = cli.stdin.isTTY === true && cli.stderr.isTTY === true
  const { envSet } = await withDaemon(cli, (client) => client.envSet.get.query({ envSet: ref }))
  const { id, name, liveSessions } = envSet
  const asks = liveSessions > 0 && !force && onTerminal
  if (asks) {
    await confirm(cli, {
      consequence: `${name} (${count(envSet.variables.length)}) is in use by ${liveSessions} live ${liveSessions === 1 ? 'session' : 'sessions'}, which keep their values until they end. Nothing brings it back.`,
      answers: [name],
      flag: '--force',
    })
  }
  // Without a terminal the daemon refuses what is in use, and names the sessions.
  await withDaemon(cli, (client) => client.envSet.delete.mutate({ envSet: id, evenIfInUse: force || asks }))
  await printMessage(cli, `${name} is deleted`)
  return EXIT.ok
}
