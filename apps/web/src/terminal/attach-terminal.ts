import type { SallyportClient } from '@sallyport/client/client'
import { followOutput, type OutputStream } from '@sallyport/client/output'
import type { Terminal } from '@xterm/xterm'
import { type Accessor, createSignal } from 'solid-js'
import { byteSize } from '../lib/byte-size.ts'
import { errorSentence } from '../lib/error-sentence.ts'
import { sayFailure } from '../ui/toasts.tsx'
import { createAnswerGate } from './answer-gate.ts'
import type { TerminalSize } from './letterbox.ts'
import { isPassiveReport } from './passive-report.ts'
import { hookQueries } from './query-hooks.ts'

export interface AttachOptions {
  readonly session: string
  readonly readOnly: boolean
  /** What this window can show. */
  readonly size: TerminalSize
  /** Nobody else was looking, so the size is ours for the taking. */
  readonly alone: boolean
  /** What typed text becomes on its way out: the Ctrl key of the touch bar. */
  readonly typedAs: (data: string) => string
}

export interface AttachedTerminal {
  /** `waiting`: nothing has come yet. `cut`: the connection is lost, what is typed goes nowhere. */
  readonly phase: Accessor<'waiting' | 'open' | 'cut' | 'ended' | 'failed'>
  readonly failure: Accessor<string | undefined>
  /** The size is this window's; otherwise the terminal is letterboxed. */
  readonly owned: Accessor<boolean>
  readonly size: Accessor<TerminalSize>
  /** The last thing to know about the output, a sentence: bytes skipped or missing. */
  readonly notice: Accessor<string | undefined>
  dismissNotice(): void
  /** As if typed. */
  type(data: string): void
  resize(size: TerminalSize): void
  takeControl(): void
  dispose(): void
}

const encoder = new TextEncoder()
const gapReasons = {
  dropped: 'dropped because the log was full',
  paused: 'not recorded because the disk was full',
  damaged: 'damaged on disk',
} as const

/** Ties a terminal to a session's output: everything goes through the terminal's own write queue, so it happens in the order of the stream. */
export const attachTerminal = (
  client: SallyportClient,
  terminal: Terminal,
  options: AttachOptions,
): AttachedTerminal => {
  const [phase, setPhase] = createSignal<'waiting' | 'open' | 'cut' | 'ended' | 'failed'>('waiting')
  const [failure, setFailure] = createSignal<string>()
  const [owned, setOwned] = createSignal(false)
  const [size, setSize] = createSignal<TerminalSize>(options.size)
  const [notice, setNotice] = createSignal<string>()
  const gate = createAnswerGate()
  /** After what is in the terminal's queue already, before what comes later. */
  const inOrder = (act: () => void): void => terminal.write('', act)

  const failedToSend = (error: unknown): void => {
    // The overlay says that the connection is gone; a sentence per key would bury it.
    if (phase() === 'open') sayFailure(errorSentence(error))
  }
  const send = (data: Uint8Array, answersOffset?: number): void => {
    if (options.readOnly || phase() !== 'open') return
    stream.write(data, answersOffset).catch(failedToSend)
  }
  const takeControl = (): void => {
    if (!options.readOnly && phase() === 'open') stream.takeControl().catch(failedToSend)
  }

  const hooks = hookQueries(terminal, gate, (answer) => send(encoder.encode(answer), gate.answering()))
  const typed = terminal.onData((data) => {
    const answersOffset = hooks.answers()
    if (answersOffset === undefined && !owned() && isPassiveReport(data)) return
    send(encoder.encode(answersOffset === undefined ? options.typedAs(data) : data), answersOffset)
  })
  // Old mouse encodings: one byte per UTF-16 unit, never UTF-8.
  const binary = terminal.onBinary((data) => send(Uint8Array.from(data, (character) => character.charCodeAt(0))))

  let wantsControl = options.alone
  const stream: OutputStream = followOutput(
    client,
    {
      session: options.session,
      from: { kind: 'tail' },
      mode: 'attach',
      size: options.size,
      readOnly: options.readOnly,
    },
    {
      opened: (event) => {
        setPhase('open')
        setFailure(undefined)
        inOrder(() => terminal.resize(event.cols, event.rows))
        setSize({ cols: event.cols, rows: event.rows })
        if (wantsControl) takeControl()
      },
      bytes: (chunk) => {
        gate.written(chunk)
        terminal.write(chunk.bytes, () => stream.drawn(gate.parsed()))
        return undefined
      },
      skipped: (event) => {
        inOrder(() => terminal.reset())
        setNotice(`Skipped ${byteSize(event.to - event.from)}, kept in the log.`)
      },
      gap: (event) => {
        setNotice(`${byteSize(event.to - event.from)} of output are missing here: ${gapReasons[event.reason]}.`)
      },
      size: (next, mine) => {
        if (!mine) gate.close()
        setOwned(mine)
        // Taken over by somebody else: a reconnect must not take it back.
        wantsControl = mine
        setSize({ cols: next.cols, rows: next.rows })
        inOrder(() => terminal.resize(next.cols, next.rows))
      },
      interrupted: () => {
        gate.close()
        wantsControl = owned()
        if (phase() === 'open') setPhase('cut')
      },
      end: () => setPhase('ended'),
      failed: (error) => {
        setFailure(errorSentence(error))
        setPhase('failed')
      },
    },
  )

  return {
    phase,
    failure,
    owned,
    size,
    notice,
    dismissNotice: () => setNotice(undefined),
    type: (data) => send(encoder.encode(data)),
    resize: (next) => {
      stream.resize(next).catch(failedToSend)
    },
    takeControl,
    dispose: () => {
      stream.stop()
      typed.dispose()
      binary.dispose()
      hooks.dispose()
    },
  }
}
