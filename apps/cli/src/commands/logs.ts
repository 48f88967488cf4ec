import { type FollowOutputInput, followOutput } from '@sallyport/client/output'
import type { OutputChunk } from '@sallyport/client/output-position'
import { createPlainText } from '@sallyport/contract/plain-text'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT, usageError } from '../exit-code.ts'
import { printJson, printMessage, write } from '../output/print.ts'
import { byteSize } from '../output/relative-time.ts'
import { isClosedPipe } from '../output/report-failure.ts'
import { countArgument, timeArgument } from '../time-argument.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly lines?: string
  readonly since?: string
  readonly until?: string
  readonly plain?: boolean
  readonly raw?: boolean
  readonly json?: boolean
}

interface Sink {
  chunk(chunk: OutputChunk): Promise<void>
  end(): Promise<void>
}

/** SPEC O6: colours on a terminal, none in a pipe; `--plain` was asked for, so it is plain everywhere. */
const plainSink = (cli: Cli, asked: boolean): Sink => {
  const keepColours = !asked && cli.stdout.isTTY === true && !cli.environment.noColor
  const text = createPlainText({ keepColours })
  const put = async (data: Uint8Array): Promise<void> => {
    if (data.byteLength > 0) await write(cli.stdout, data)
  }
  return { chunk: ({ bytes }) => put(text.push(bytes)), end: () => put(text.end()) }
}

const rawSink = (cli: Cli): Sink => ({ chunk: ({ bytes }) => write(cli.stdout, bytes), end: async () => undefined })

const jsonSink = (cli: Cli): Sink => ({
  chunk: ({ offset, at, bytes }) =>
    printJson(cli, { offset, at: new Date(at).toISOString(), data: Buffer.from(bytes).toString('base64') }),
  end: async () => undefined,
})

const sinkOf = (cli: Cli, options: LogsOptions): Sink => {
  if (options.json === true) return jsonSink(cli)
  return options.raw === true ? rawSink(cli) : plainSink(cli, options.plain === true)
}

const requestOf = (ref: string, options: LogsOptions, now: number): FollowOutputInput => {
  const chosen = [options.plain, options.raw, options.json].filter((flag) => flag === true).length
  if (chosen > 1) throw usageError('choose one of --plain, --raw and --json')
  if (options.lines !== undefined && options.since !== undefined) throw usageError('choose one of -n and --since')
  const from = (): FollowOutputInput['from'] => {
    if (options.lines !== undefined) {
      return { kind: 'lines', count: countArgument('-n', options.lines, { min: 0, max: 10_000_000 }) }
    }
    return options.since === undefined
      ? { kind: 'start' }
      : { kind: 'time', at: timeArgument('--since', options.since, now) }
  }
  return {
    session: ref,
    mode: 'log',
    follow: options.follow === true,
    from: from(),
    ...(options.until === undefined ? {} : { until: timeArgument('--until', options.until, now) }),
  }
}

/** Everything that the session printed, oldest first. Read no faster than stdout takes it: a chunk is acknowledged when it has been written. */
export const logs = (cli: Cli, ref: string, options: LogsOptions): Promise<number> => {
  const request = requestOf(ref, options, Date.now())
  const sink = sinkOf(cli, options)
  // Messages between chunks stay in their place.
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    turn = turn.then(act)
    return turn
  }
  return withDaemon(
    cli,
    (client) =>
      new Promise<number>((resolve, reject) => {
        const fail = (error: unknown): void => {
          stream.stop()
          if (isClosedPipe(error)) resolve(EXIT.ok)
          else reject(error)
        }
        const note = (line: string): void => {
          inTurn(() => printMessage(cli, line)).catch(fail)
        }
        const stream = followOutput(client, request, {
          bytes: (chunk) => inTurn(() => sink.chunk(chunk)),
          gap: ({ from, to, reason }) => note(`[${byteSize(to - from)} are not in the log: ${reason}]`),
          interrupted: () => note('[connection to the daemon lost; waiting for it]'),
          opened: (_event, resumed) => {
            if (resumed) note('[connected again]')
          },
          end: () => {
            inTurn(sink.end).then(() => resolve(EXIT.ok), fail)
          },
          failed: fail,
        })
      }),
    { watch: options.follow === true },
  )
}
