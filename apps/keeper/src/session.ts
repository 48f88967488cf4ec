import type { KeptSession, SignalName, SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import type { Masker } from '@sallyport/session-log/masking/masker'
import type { SessionLogWriter } from '@sallyport/session-log/session-log-writer'
import { createOutputCoalescer } from './output-coalescer.ts'
import { createOutputMask } from './output-mask.ts'
import { isGroupOfSession, signalGroup, signalNameOf } from './process-group.ts'
import { openPty } from './pty.ts'
import type { ForkRequest } from './pty-binding.ts'
import { createQueryAnswerer } from './query-answerer.ts'
import { descendStopLadder } from './stop-ladder.ts'
import type { WritableWatch } from './writable-watch.ts'

/** A program that asks and never reads the answers gets no more of them: they would fill its input. */
const ANSWERS_MAX_QUEUED_BYTES = 16 * 1024

/** A list shows how much a session nobody watches has printed. */
const ANNOUNCE_GROWTH_MS = 1000

export interface SessionEvents {
  /** `bytes` were appended at `offset`. Never write into them. */
  onOutput(session: Session, offset: number, bytes: Buffer): void
  /** Something that KeptSession shows is different; of `end` this tells once a second at most. */
  onChanged(session: Session): void
  onInputCongestion(congested: boolean): void
}

export interface SessionOptions {
  readonly handle: number
  readonly request: SpawnRequest
  readonly program: ForkRequest
  readonly log: SessionLogWriter
  /** Undefined: there is nothing to mask. */
  readonly masker: Masker | undefined
  readonly watch: WritableWatch
  readonly clock: { now(): number }
  readonly events: SessionEvents
}

export interface Session {
  readonly id: string
  readonly handle: number
  readonly pid: number
  readonly log: SessionLogWriter
  readonly exited: Promise<void>
  readonly completed: Promise<void>
  kept(): KeptSession
  readonly isComplete: boolean
  /** False: the program does not read, the bytes were dropped. */
  write(bytes: Uint8Array): boolean
  resize(cols: number, rows: number): void
  signal(signal: SignalName): void
  stop(graceMs: number): Promise<void>
  answerQueries(by: 'keeper' | 'viewer'): number
  setRecordingPaused(reason: string | null): void
  holdBack(full: boolean): void
  /** The root is dead: do not wait for background children that have the terminal open. */
  abandonTerminal(): void
}

const settlable = () => {
  let settle: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    settle = resolve
  })
  return { promise, settle }
}

const monotonic = () => performance.now()

/** One program under one terminal with one log. Throws when it cannot be forked. */
export const startSession = (options: SessionOptions): Session => {
  const { handle, program, log, masker, watch, clock, events } = options
  // Not `request` as a whole: what the functions below mention lives as long as the session, and it has secrets in it.
  const { id } = options.request
  const exit = settlable()
  const completion = settlable()
  const answerer = createQueryAnswerer()
  let answeredBy: 'keeper' | 'viewer' = 'keeper'
  const state = {
    cols: options.request.cols,
    rows: options.request.rows,
    exit: null as KeptSession['exit'],
    startedAt: clock.now(),
    exitedAt: null as number | null,
    complete: false,
    recordingPaused: null as string | null,
  }

  let growth: NodeJS.Timeout | undefined
  const announceGrowth = () => {
    growth = undefined
    events.onChanged(session)
  }

  /**
   * The one place that all output passes, to the log and every viewer. It comes masked. Queries are looked for here too, not in what the program printed:
   * `answerQueries` hands over at an offset of the log, so what the mask still holds back is the successor's to answer.
   */
  const record = (bytes: Buffer) => {
    const offset = log.end
    log.append(bytes)
    events.onOutput(session, offset, bytes)
    growth ??= setTimeout(announceGrowth, ANNOUNCE_GROWTH_MS)
    for (const answer of answerer.feed(bytes)) {
      if (answeredBy === 'keeper' && pty.input.queuedBytes < ANSWERS_MAX_QUEUED_BYTES) {
        pty.input.push(Buffer.from(answer, 'latin1'))
      }
    }
  }
  const mask =
    masker && createOutputMask({ masker, emit: record, pushGathered: () => coalescer.flush(), now: monotonic })
  const coalescer = createOutputCoalescer({ emit: mask?.push ?? record, now: monotonic })

  const pty = openPty(program, watch, {
    onOutput: coalescer.push,
    onExit: (code, signal) => {
      // What the mask holds back stays there: a background child may be in the middle of printing a secret.
      coalescer.flush()
      state.exit = signal === 0 ? { code, signal: null } : { code: null, signal: signalNameOf(signal) }
      state.exitedAt = clock.now()
      log.markExit(state.exit)
      events.onChanged(session)
      exit.settle()
    },
    onClosed: () => {
      coalescer.flush()
      mask?.end()
      void log.close().then(() => {
        clearTimeout(growth)
        state.complete = true
        events.onChanged(session)
        completion.settle()
      })
    },
    onInputCongestion: events.onInputCongestion,
  })
  log.markSize(state.cols, state.rows)

  const signal = (name: SignalName) => {
    // The number of a dead root may be somebody else's by now.
    if (state.exit !== null) return
    const foreground = pty.foregroundGroup()
    signalGroup(pty.pid, name)
    if (foreground !== undefined && foreground !== pty.pid && isGroupOfSession(foreground, pty.pid)) {
      signalGroup(foreground, name)
    }
  }

  const session: Session = {
    id,
    handle,
    pid: pty.pid,
    log,
    exited: exit.promise,
    completed: completion.promise,
    get isComplete() {
      return state.complete
    },
    kept: () => ({
      id,
      handle,
      pid: pty.pid,
      state: state.exit === null ? 'running' : 'exited',
      end: log.end,
      ...state,
    }),
    write: pty.input.push,
    resize: (cols, rows) => {
      if (cols === state.cols && rows === state.rows) return
      // What was printed for the old size belongs before the mark; what may be the beginning of a secret waits all the same.
      coalescer.flush()
      pty.resize(cols, rows)
      state.cols = cols
      state.rows = rows
      if (!state.complete && state.exit === null) log.markSize(cols, rows)
      events.onChanged(session)
    },
    signal,
    stop: async (graceMs) => {
      if (state.exit === null) await descendStopLadder({ rootPid: pty.pid, signal, exited: exit.promise, graceMs })
    },
    answerQueries: (by) => {
      // Everything read so far belongs to who was in charge until now.
      coalescer.flush()
      answeredBy = by
      return log.end
    },
    setRecordingPaused: (reason) => {
      if (state.recordingPaused === reason) return
      state.recordingPaused = reason
      events.onChanged(session)
    },
    holdBack: (full) => {
      for (const reading of [pty, mask]) full ? reading?.pause() : reading?.resume()
    },
    abandonTerminal: pty.abandon,
  }
  return session
}
