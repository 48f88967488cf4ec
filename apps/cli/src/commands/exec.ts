import type { SallyportClient } from '@sallyport/client/client'
import { followOutput } from '@sallyport/client/output'
import { OutputInput } from '@sallyport/client/output-input'
import type { Session } from '@sallyport/contract/session'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { write } from '../output/print.ts'
import { QueryFilter } from '../terminal/query-filter.ts'
import { enterRawMode } from '../terminal/raw-terminal.ts'
import { childExit, isTooLate } from './child-exit.ts'
import { type CreateOptions, createSession, terminalSize } from './create-session.ts'
import { openTerminalStream } from './terminal-stream.ts'
import { sessionEnd } from './wait.ts'

const END_OF_FILE = 0x04

/** On a terminal: as if the command ran here. */
const runOnTerminal = async (cli: Cli, client: SallyportClient, session: Session): Promise<void> => {
  const filter = new QueryFilter()
  const terminal = enterRawMode(cli, () => filter.modes.undo())
  try {
    await new Promise<void>((resolve, reject) => {
      const stream = openTerminalStream(cli, client, {
        filter,
        request: { session: session.id, from: { kind: 'start' }, mode: 'attach', size: terminalSize(cli.stdout) },
        handlers: { end: () => finish(resolve), failed: (error) => finish(() => reject(error)) },
      })
      const finish = (then: () => void): void => {
        cli.stdin.off('data', stream.type)
        cli.stdin.pause()
        stream.stop()
        then()
      }
      cli.stdin.on('data', stream.type)
    })
  } finally {
    terminal.restore()
  }
}

/** Passes stdin on, then ends the child's input as Ctrl+D does. A PTY takes end-of-file only at the start of a line, so a last line without newline needs two. */
const forwardStdin = async (cli: Cli, input: OutputInput): Promise<void> => {
  let atLineStart = true
  for await (const chunk of cli.stdin as AsyncIterable<Buffer>) {
    await input.write(chunk)
    atLineStart = chunk[chunk.length - 1] === 0x0a
  }
  await input.write(Buffer.from(atLineStart ? [END_OF_FILE] : [END_OF_FILE, END_OF_FILE]))
}

/** In a pipe or a script: the exact bytes, none skipped however slow the reader is. */
const runInPipe = (cli: Cli, client: SallyportClient, session: Session): Promise<void> =>
  new Promise((resolve, reject) => {
    const ref = session.id
    let ended = false
    const stream = followOutput(
      client,
      { session: ref, from: { kind: 'start' }, mode: 'log' },
      {
        bytes: ({ bytes }) => write(cli.stdout, bytes),
        end: () => finish(resolve),
        failed: (error) => finish(() => reject(error)),
      },
    )
    const fail = (error: unknown): void => {
      if (!ended && !isTooLate(error)) finish(() => reject(error))
    }
    const interrupt = (): void => {
      client.session.keys.mutate({ session: ref, keys: ['ctrl+c'] }).catch(fail)
    }
    const terminate = (): void => {
      client.session.stop.mutate({ session: ref }).catch(fail)
    }
    const finish = (then: () => void): void => {
      if (ended) return
      ended = true
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', terminate)
      process.off('SIGHUP', terminate)
      stream.stop()
      cli.stdin.destroy()
      then()
    }
    process.on('SIGINT', interrupt)
    process.on('SIGTERM', terminate)
    process.on('SIGHUP', terminate)
    if (!cli.stdin.isTTY) {
      const input = new OutputInput((data) => client.session.write.mutate({ session: ref, data: new Uint8Array(data) }))
      forwardStdin(cli, input).catch(fail)
    }
  })

/** Runs a command as a session, with its output here, and gives its exit code. */
export const exec = (cli: Cli, command: readonly string[], options: CreateOptions): Promise<number> =>
  withDaemon(
    cli,
    async (client) => {
      const session = await createSession(cli, client, { command, options })
      const onTerminal = cli.stdin.isTTY === true && cli.stdout.isTTY === true
      await (onTerminal ? runOnTerminal : runInPipe)(cli, client, session)
      return childExit(await sessionEnd(client, session.id))
    },
    { watch: true },
  )
