import type { SallyportClient } from '@sallyport/client/client'
import { followOutput } from '@sallyport/client/output'
import { followSessions } from '@sallyport/client/sessions'
import type { DaemonTarget } from './daemon-target.ts'
import { endless } from './programs.ts'

export interface ExitLossResult {
  readonly runs: number
  readonly runsWithLoss: number
  readonly missingBytes: number
}

const RUNS = 30

/** V8: programs that print and exit at once, beside a busy session; every byte of the log is counted. */
export const measureExitLoss = async (target: DaemonTarget): Promise<Map<string, ExitLossResult>> => {
  const busy = await target.run(endless)
  const viewer = await busy.connect(() => undefined)
  const results = new Map<string, ExitLossResult>()
  for (const [name, program, bytes] of cases) {
    let runsWithLoss = 0
    let missingBytes = 0
    for (let run = 0; run < RUNS; run += 1) {
      const missing = bytes - (await target.withClient((client) => loggedBytes(client, program)))
      if (missing !== 0) runsWithLoss += 1
      missingBytes += missing
    }
    results.set(name, { runs: RUNS, runsWithLoss, missingBytes })
  }
  viewer.close()
  await busy.end()
  return results
}

const LINES = Array.from({ length: 200 }, (_, index) => `${index + 1}\r\n`).join('').length
const MEBIBYTE = 1024 * 1024
/** Zeros are printed as they are, so a terminal adds nothing. */
const zeros = (bytes: number): string[] => ['head', '-c', String(bytes), '/dev/zero']

const cases: readonly (readonly [string, readonly string[], number])[] = [
  ['200 lines', ['seq', '1', '200'], LINES],
  ['1 MB', zeros(MEBIBYTE), MEBIBYTE],
  ['10 MB', zeros(10 * MEBIBYTE), 10 * MEBIBYTE],
]

const loggedBytes = async (client: SallyportClient, program: readonly string[]): Promise<number> => {
  const { session } = await client.session.create.mutate({ provider: 'command', command: [...program] })
  await ended(client, session.id)
  const bytes = await new Promise<number>((resolve, reject) => {
    let received = 0
    followOutput(
      client,
      { session: session.id, from: { kind: 'start' }, mode: 'log' },
      {
        bytes: (chunk) => {
          received += chunk.bytes.byteLength
          return Promise.resolve()
        },
        end: () => resolve(received),
        failed: reject,
      },
    )
  })
  await client.session.remove.mutate({ session: session.id })
  return bytes
}

const ended = (client: SallyportClient, id: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = followSessions(client, {
      snapshot: (sessions) => check(sessions.find((session) => session.id === id)?.state),
      changed: (session) => {
        if (session.id === id) check(session.state)
      },
      removed: () => undefined,
      failed: reject,
    })
    const check = (state: string | undefined) => {
      if (state === 'starting' || state === 'running') return
      queueMicrotask(() => stop())
      resolve()
    }
  })
