import type { SallyportClient } from '@sallyport/client/client'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { CliError, EXIT, usageError } from '../exit-code.ts'
import { printMessage, write } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { scrollbackHint } from '../output/scrollback-hint.ts'
import type { TypedLine } from '../terminal/hidden-line.ts'
import { withHiddenInput } from '../terminal/hidden-prompt.ts'
import { readStdinLine } from '../terminal/stdin-line.ts'

/** Verbs that need the master key, on this machine only. */

/** What a terminal would obey instead of showing. */
const steersTerminal = (value: string): boolean => {
  const text = value.replace(/[\n\t]/g, ' ')
  return sanitise(text) !== text
}

/** One value, alone on stdout, with a newline that `--from-stdin` takes away again. */
export const envSetReveal = async (
  cli: Cli,
  ref: string,
  name: string,
  { exact = false }: { readonly exact?: boolean },
): Promise<number> => {
  const { value } = await withDaemon(cli, (client) => client.envSet.reveal.mutate({ envSet: ref, name }))
  if (cli.stdout.isTTY === true && steersTerminal(value)) {
    throw new CliError(
      EXIT.error,
      'bad_request',
      'the value has characters that would steer this terminal, and is not shown',
      `pipe it: sallyport env-set reveal ${ref} ${name} | less`,
    )
  }
  await write(cli.stdout, exact ? value : `${value}\n`)
  await scrollbackHint(cli, `sallyport env-set reveal ${sanitise(`${ref} ${name}`)}`)
  return EXIT.ok
}

export const envSetRotate = async (cli: Cli): Promise<number> => {
  const { variables, envSets } = await withDaemon(cli, (client) => client.envSet.rotate.mutate())
  await printMessage(
    cli,
    `a new key seals ${variables} variables of ${envSets} env sets; back it up, the old one opens nothing`,
  )
  return EXIT.ok
}

const textOf = (line: TypedLine): string => {
  if (line.kind === 'unusable') throw usageError(line.reason)
  if (line.text === '') throw usageError('a passphrase has at least one character')
  return line.text
}

const askPassphrase = (cli: Cli, isNew: boolean): Promise<string> =>
  withHiddenInput(cli, async (ask) => {
    const passphrase = textOf(await ask('Passphrase of the env sets (not shown): '))
    if (isNew && textOf(await ask('Type it again: ')) !== passphrase)
      throw usageError('these two differ; nothing was changed')
    return passphrase
  })

/** Nothing is sealed: the passphrase may be chosen at this moment, and a slip of the finger would be found out when it is too late. */
const nothingSealed = async (client: SallyportClient): Promise<boolean> => {
  const { envSets } = await client.envSet.list.query()
  return envSets.every(({ variables }) => variables.length === 0)
}

/** SPEC E2. Asked for, unseen; without a terminal, one line of standard input. */
export const unlock = async (cli: Cli): Promise<number> => {
  const isNew = await withDaemon(cli, async (client) => {
    const status = await client.envSet.status.query()
    if (status.state === 'open') return undefined
    if (status.reason !== 'passphrase') throw new CliError(EXIT.refused, 'locked', status.message)
    return nothingSealed(client)
  })
  if (isNew === undefined) {
    await printMessage(cli, 'env sets are not locked')
    return EXIT.ok
  }
  if (cli.stdin.isTTY === true && cli.stderr.isTTY !== true)
    throw usageError('there is no terminal to ask on: standard error is not one', 'pipe the passphrase in')
  const passphrase = cli.stdin.isTTY === true ? await askPassphrase(cli, isNew) : textOf(await readStdinLine(cli.stdin))
  await withDaemon(cli, (client) => client.envSet.unlock.mutate({ passphrase }))
  await printMessage(cli, 'env sets are unlocked until the daemon ends')
  return EXIT.ok
}
