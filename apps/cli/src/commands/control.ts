import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT, usageError } from '../exit-code.ts'
import { printMessage } from '../output/print.ts'
import { countArgument } from '../time-argument.ts'

/** Verbs that act on a session and print nothing but what a person needs to know. */

export const stop = (cli: Cli, ref: string): Promise<number> =>
  withDaemon(cli, async (client) => {
    await client.session.stop.mutate({ session: ref })
    return EXIT.ok
  })

export const kill = (cli: Cli, ref: string): Promise<number> =>
  withDaemon(cli, async (client) => {
    await client.session.kill.mutate({ session: ref })
    return EXIT.ok
  })

export const rename = (cli: Cli, ref: string, name: string): Promise<number> =>
  withDaemon(cli, async (client) => {
    await client.session.rename.mutate({ session: ref, name })
    return EXIT.ok
  })

export const resize = (cli: Cli, ref: string, size: string): Promise<number> => {
  const match = /^(\d+)[x×](\d+)$/.exec(size)
  if (match === null) throw usageError(`${size}: not a size`, 'write columns x lines, such as 120x40')
  const cols = countArgument('columns', match[1] ?? '', { min: 20, max: 1000 })
  const rows = countArgument('lines', match[2] ?? '', { min: 5, max: 500 })
  return withDaemon(cli, async (client) => {
    await client.session.resize.mutate({ session: ref, cols, rows })
    return EXIT.ok
  })
}

export interface RemoveOptions {
  readonly force?: boolean
  readonly ended?: boolean
}

export const remove = (cli: Cli, refs: readonly string[], options: RemoveOptions): Promise<number> => {
  if (options.ended === true && refs.length > 0) throw usageError('--ended takes no session')
  if (options.ended !== true && refs.length === 0) throw usageError('which session?', 'sallyport rm <id>, or --ended')
  return withDaemon(cli, async (client) => {
    if (options.ended === true) {
      const { removed } = await client.session.removeEnded.mutate()
      await printMessage(cli, `${removed} ended ${removed === 1 ? 'session' : 'sessions'} removed`)
    } else for (const session of refs) await client.session.remove.mutate({ session, force: options.force === true })
    return EXIT.ok
  })
}
