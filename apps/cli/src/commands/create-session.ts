import { resolve } from 'node:path'
import type { SallyportClient } from '@sallyport/client/client'
import { errorData } from '@sallyport/client/error-data'
import type { Session } from '@sallyport/contract/session'
import type { Cli } from '../cli.ts'
import { usageError } from '../exit-code.ts'
import { printMessage } from '../output/print.ts'
import { sanitise } from '../output/sanitise.ts'
import { sessionEnvironment } from '../session-environment.ts'

export interface CreateOptions {
  readonly name?: string
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly inheritEnv?: boolean
  /** Ids, unique prefixes of them, or names; the later one wins. */
  readonly envSet?: readonly string[]
  readonly provider?: string
  readonly billing?: string
}

/** Who pays; refused here, so that a slip never starts an agent on somebody's API key. */
const billingOf = (text = 'subscription'): 'subscription' | 'api' => {
  if (text === 'subscription' || text === 'api') return text
  throw usageError(`--billing ${text}: not a way to pay`, 'it is subscription or api')
}

/** `session.env_allow` of the daemon; none when this peer may not read the configuration. */
const allowedNames = async (client: SallyportClient): Promise<readonly string[]> => {
  try {
    const { entries } = await client.admin.config.query()
    const value = entries.find(({ key }) => key === 'session.env_allow')?.value
    return Array.isArray(value) ? value : []
  } catch (error) {
    const code = errorData(error)?.code
    if (code === 'socket_only' || code === 'forbidden') return []
    throw error
  }
}

/** The size of this terminal within what the contract allows (S5). */
export const terminalSize = (stdout: NodeJS.WriteStream): { cols: number; rows: number } | undefined =>
  stdout.isTTY === true && stdout.columns > 0 && stdout.rows > 0
    ? { cols: Math.min(1000, Math.max(20, stdout.columns)), rows: Math.min(500, Math.max(5, stdout.rows)) }
    : undefined

/** Starts a session with the caller's directory, umask and, as S1 lists it, the caller's environment. Warnings go to stderr. */
export const createSession = async (
  cli: Cli,
  client: SallyportClient,
  request: { readonly command: readonly string[]; readonly options: CreateOptions },
): Promise<Session> => {
  const { command, options } = request
  const billing = billingOf(options.billing)
  const environment = sessionEnvironment(cli.environment.variables, {
    env: options.env ?? [],
    inheritEnv: options.inheritEnv === true,
    billing,
    allowed: await allowedNames(client),
  })
  // Before anything starts: `exec` shows nothing else afterwards but the output of its program.
  for (const warning of environment.warnings) await printMessage(cli, `warning: ${warning}`)
  const { session, warnings } = await client.session.create.mutate({
    provider: options.provider ?? (command.length === 0 ? 'shell' : 'command'),
    billing,
    envSets: [...(options.envSet ?? [])],
    command: [...command],
    cwd: resolve(options.cwd ?? '.'),
    ...(options.name === undefined ? {} : { name: options.name }),
    env: environment.variables,
    envIsComplete: true,
    umask: process.umask(),
    ...terminalSize(cli.stdout),
  })
  for (const warning of warnings) await printMessage(cli, `warning: ${sanitise(warning)}`)
  return session
}
