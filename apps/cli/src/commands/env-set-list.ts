import type { SallyportClient } from '@sallyport/client/client'
import type { EnvSet, EnvVariable } from '@sallyport/contract/env-set'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { relativeTime } from '../output/relative-time.ts'
import { sanitise } from '../output/sanitise.ts'
import { type Column, formatTable, type TableOptions } from '../output/table.ts'

export interface ListOptions {
  readonly json?: boolean
  readonly quiet?: boolean
}

const tableOptions = (cli: Cli): TableOptions => {
  const isTerminal = cli.stdout.isTTY === true
  return { colours: isTerminal && !cli.environment.noColor, width: isTerminal ? cli.stdout.columns : undefined }
}

const setColumns = (now: number): Column<EnvSet>[] => [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'CHANGED', value: ({ changedAt }) => relativeTime(changedAt, now) },
  { title: 'IN USE BY', value: ({ liveSessions }) => (liveSessions === 0 ? '-' : `${liveSessions} live`) },
  { title: 'VARIABLES', value: ({ variables }) => variables.map(({ name }) => name).join(' ') || '-' },
]

const notesOn = ({ maskedInOutput, unsafeReason }: EnvVariable): string =>
  [
    ...(maskedInOutput ? [] : ['too short to be masked in output']),
    ...(unsafeReason === null ? [] : [unsafeReason]),
  ].join('; ')

const variableColumns = (now: number): Column<EnvVariable>[] => [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VALUE', value: ({ mask }) => mask },
  { title: 'VERSION', value: ({ version }) => String(version) },
  { title: 'CHANGED', value: ({ changedAt }) => relativeTime(changedAt, now) },
  { title: 'NOTE', value: notesOn },
]

/** Sets are listed while they are locked: that nothing can be done with them must not come as a surprise. */
const sayIfLocked = async (cli: Cli, client: SallyportClient): Promise<void> => {
  const status = await client.envSet.status.query()
  if (status.state === 'locked') await printMessage(cli, `env sets are locked: ${sanitise(status.message)}`)
}

/** Names and masks: no value ever is in an answer of the daemon to this. */
export const envSetList = (cli: Cli, options: ListOptions): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { envSets } = await client.envSet.list.query()
    if (options.json === true) await printJson(cli, { envSets })
    else if (options.quiet === true) for (const { name } of envSets) await printLine(cli, sanitise(name))
    else {
      if (envSets.length > 0)
        await printLine(cli, formatTable(envSets, setColumns(Date.now()), tableOptions(cli)).join('\n'))
      else
        await printMessage(
          cli,
          'no env sets; make one with: sallyport env-set create --name <name> --from-stdin <variable>',
        )
      await sayIfLocked(cli, client)
    }
    return EXIT.ok
  })

export const envSetGet = (cli: Cli, ref: string, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { envSet } = await client.envSet.get.query({ envSet: ref })
    if (options.json === true) {
      await printJson(cli, { envSet })
      return EXIT.ok
    }
    const { id, name, createdAt, changedAt, liveSessions, variables } = envSet
    const lines = {
      id,
      name,
      created: createdAt,
      changed: changedAt,
      'in use by': `${liveSessions} live ${liveSessions === 1 ? 'session' : 'sessions'}`,
    }
    for (const [title, value] of Object.entries(lines)) await printLine(cli, `${title.padEnd(14)}${sanitise(value)}`)
    if (variables.length > 0)
      await printLine(cli, `\n${formatTable(variables, variableColumns(Date.now()), tableOptions(cli)).join('\n')}`)
    await sayIfLocked(cli, client)
    return EXIT.ok
  })

type Use = Awaited<ReturnType<SallyportClient['envSet']['usage']['query']>>['sessions'][number]

const useColumns = (now: number): Column<Use>[] => [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state, colour: ({ live }) => (live ? '32' : '2') },
  { title: 'STARTED', value: ({ createdAt }) => relativeTime(createdAt, now) },
  { title: 'ENDED', value: ({ endedAt }) => (endedAt === null ? '-' : relativeTime(endedAt, now)) },
]

export const envSetUsage = (cli: Cli, ref: string, options: { readonly json?: boolean }): Promise<number> =>
  withDaemon(cli, async (client) => {
    const { sessions } = await client.envSet.usage.query({ envSet: ref })
    if (options.json === true) await printJson(cli, { sessions })
    else if (sessions.length === 0) await printMessage(cli, 'no session that is listed was started with it')
    else await printLine(cli, formatTable(sessions, useColumns(Date.now()), tableOptions(cli)).join('\n'))
    return EXIT.ok
  })
