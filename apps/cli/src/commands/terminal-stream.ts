import type { SallyportClient } from '@sallyport/client/client'
import { connectionFailure } from '@sallyport/client/connection-errors'
import { type FollowOutputInput, followOutput, type OutputHandlers, type OutputStream } from '@sallyport/client/output'
import type { Cli } from '../cli.ts'
import { write } from '../output/print.ts'
import type { QueryFilter } from '../terminal/query-filter.ts'
import { isTerminalReply } from '../terminal/terminal-reply.ts'
import { isTooLate } from './child-exit.ts'
import { terminalSize } from './create-session.ts'

export interface TerminalStream {
  /** Types, or passes on what the terminal itself answered to a query. */
  type(data: Buffer): void
  /** Ends the stream and everything that it listens to. */
  stop(): void
}

export interface TerminalStreamOptions {
  readonly request: FollowOutputInput
  readonly filter: QueryFilter
  readonly handlers: Omit<OutputHandlers, 'bytes'>
}

/** A session on the real terminal: its output, cleaned, one way; keys, answers and the size the other. */
export const openTerminalStream = (
  cli: Cli,
  client: SallyportClient,
  options: TerminalStreamOptions,
): TerminalStream => {
  const { filter, handlers } = options
  let askedAt: number | undefined
  let stream: OutputStream

  stream = followOutput(client, options.request, {
    ...handlers,
    bytes: ({ offset, bytes, answerable }) => {
      const before = filter.queries
      const shown = filter.push(bytes, answerable)
      if (filter.queries > before) askedAt = offset
      return write(cli.stdout, shown)
    },
  })

  // Refused while the connection is away, which the user has been told; any other refusal ends the stream.
  const orFail = (error: unknown): void => {
    if (connectionFailure(error) === undefined && !isTooLate(error)) handlers.failed(error)
  }
  const resized = (): void => {
    const size = terminalSize(cli.stdout)
    if (size !== undefined) stream.resize(size).catch(orFail)
  }
  if (cli.stdout.isTTY) cli.stdout.on('resize', resized)

  return {
    type: (data) => {
      const answers = askedAt !== undefined && isTerminalReply(data) ? askedAt : undefined
      if (answers === undefined && data.length > 0 && data[0] !== 0x1b) askedAt = undefined
      stream.write(data, answers).catch(orFail)
    },
    stop: () => {
      cli.stdout.off('resize', resized)
      stream.stop()
    },
  }
}
