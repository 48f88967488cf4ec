import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT } from '../exit-code.ts'
import { printJson, printLine, printMessage } from '../output/print.ts'
import { type CreateOptions, createSession } from './create-session.ts'

export interface StartOptions extends CreateOptions {
  readonly attach?: boolean
  readonly json?: boolean
  readonly detachKeys?: string
}

/** The id on stdout, for scripts; how to attach on stderr, for people. */
export const start = async (cli: Cli, command: readonly string[], options: StartOptions): Promise<number> => {
  const session = await withDaemon(cli, (client) => createSession(cli, client, { command, options }))
  if (options.json === true) await printJson(cli, { session })
  else if (options.attach !== true) {
    await printLine(cli, session.id)
    await printMessage(cli, `attach with: sallyport attach ${session.name}`)
  }
  if (options.attach !== true) return EXIT.ok
  const { attach } = await import('./attach.ts')
  return attach(cli, session.id, options)
}
