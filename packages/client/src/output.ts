import type { OutputEvent, OutputInput as OutputRequest } from '@sallyport/contract/output'
import { Acknowledger } from './acknowledger.ts'
import type { StreamContext } from './call-table.ts'
import type { SallyportClient } from './client.ts'
import { subscribeEndlessly } from './endless-subscription.ts'
import { OutputInput } from './output-input.ts'
import { type OutputChunk, OutputPosition } from './output-position.ts'

type EventOf<K extends OutputEvent['kind']> = Extract<OutputEvent, { kind: K }>

export interface TerminalSize {
  readonly cols: number
  readonly rows: number
}

export type FollowOutputInput = Omit<OutputRequest, 'viewer'>

export interface OutputHandlers {
  /** The stream began, or goes on after a loss (`resumed`). Input is possible from here on. */
  opened?(event: EventOf<'opened'>, resumed: boolean): void
  /**
   * In order, no byte twice. A returned promise acknowledges the chunk when it resolves; without one, call `drawn(offset + bytes.byteLength)`
   * once it is on the screen. What is not acknowledged stops the daemon after 256 KiB.
   */
  bytes(chunk: OutputChunk): Promise<void> | undefined
  /** These bytes do not exist any more. */
  gap?(event: EventOf<'gap'>): void
  /** This terminal was too far behind: reset it, the next bytes begin at a line start. */
  skipped?(event: EventOf<'skipped'>): void
  /** `owned`: the size is this terminal's. */
  size?(size: TerminalSize, owned: boolean): void
  /** The connection is lost: input is refused until `opened`. */
  interrupted?(): void
  /** Nothing follows. */
  end?(event: EventOf<'end'>): void
  /** The stream is over for a reason that another attempt would meet again. */
  failed(error: unknown): void
}

export interface OutputStream {
  /** Everything before `offset` is on the screen. */
  drawn(offset: number): void
  /** Types into the session. `answersOffset`: the bytes answer a terminal query in the chunk at this offset, nobody typed them. */
  write(data: Uint8Array, answersOffset?: number): Promise<void>
  /** What this terminal can show; kept for the streams that follow a loss. */
  resize(size: TerminalSize): Promise<void>
  takeControl(): Promise<void>
  stop(): void
}

/** 128 random bits: the daemon binds it to the connection, so it need not be secret, only new. */
const newViewerId = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * `session.output` as one unbroken stream, whatever happens to the connection or the daemon. Every subscription names a new viewer, because a
 * viewer id is good for the connection that opened it; the offset carries over.
 */
export const followOutput = (
  client: SallyportClient,
  input: FollowOutputInput,
  handlers: OutputHandlers,
): OutputStream => {
  const position = new OutputPosition()
  /** By its id from the first answer on: a name can be given to another session while we look away. */
  let { session } = input
  let viewer = ''
  let isOpen = false
  let everOpened = false
  let size = input.size
  let acknowledger: Acknowledger | undefined

  const request = (): OutputRequest => {
    viewer = newViewerId()
    return {
      ...input,
      session,
      ...(size === undefined ? {} : { size }),
      ...(position.next === undefined ? {} : { from: { kind: 'offset', offset: position.next } }),
      viewer,
    }
  }

  const opened = (event: EventOf<'opened'>): void => {
    isOpen = true
    session = event.sessionId
    if (position.next !== undefined && event.offset > position.next) {
      handlers.gap?.({ kind: 'gap', from: position.next, to: event.offset, reason: 'dropped' })
    }
    position.jump(event.offset)
    position.answersFrom(null)
    const to = viewer
    acknowledger = new Acknowledger(event.offset, (offset) => context.acknowledge?.(to, offset))
    const resumed = everOpened
    everOpened = true
    handlers.opened?.(event, resumed)
  }

  const bytes = (event: EventOf<'bytes'>): void => {
    const before = position.next
    if (before !== undefined && event.offset > before) {
      handlers.gap?.({ kind: 'gap', from: before, to: event.offset, reason: 'damaged' })
      acknowledger?.jumped(before, event.offset)
    }
    const chunks = position.take(event)
    // A duplicate counts in the daemon's window as well.
    if (chunks.length === 0) acknowledger?.drawn(event.offset + event.bytes.byteLength)
    for (const chunk of chunks) {
      const target = acknowledger
      handlers.bytes(chunk)?.then(
        () => target?.drawn(chunk.offset + chunk.bytes.byteLength),
        (error: unknown) => {
          stop()
          handlers.failed(error)
        },
      )
    }
  }

  const jump = (event: EventOf<'gap'> | EventOf<'skipped'>): void => {
    const fresh = position.jump(event.to)
    acknowledger?.jumped(event.from, event.to)
    if (!fresh) return
    if (event.kind === 'gap') handlers.gap?.(event)
    else handlers.skipped?.(event)
  }

  const received = (event: OutputEvent): void => {
    switch (event.kind) {
      case 'opened':
        opened(event)
        break
      case 'bytes':
        bytes(event)
        break
      case 'gap':
      case 'skipped':
        jump(event)
        break
      case 'size':
        position.answersFrom(event.answersFrom)
        handlers.size?.({ cols: event.cols, rows: event.rows }, event.owner === viewer)
        break
      case 'end':
        stop()
        handlers.end?.(event)
        break
    }
  }

  const interrupted = (): void => {
    if (!isOpen) return
    isOpen = false
    position.answersFrom(null)
    typing.discard()
    handlers.interrupted?.()
  }

  const typing = new OutputInput((data, answersOffset) =>
    isOpen
      ? client.session.write.mutate({
          session,
          data: data as Uint8Array<ArrayBuffer>,
          viewer,
          ...(answersOffset === undefined ? {} : { answersOffset }),
        })
      : undefined,
  )

  const stop = (): void => {
    isOpen = false
    typing.discard()
    subscription.stop()
  }

  const context: StreamContext = { inputForResume: request }
  const subscription = subscribeEndlessly({
    interrupted,
    failed: (error) => {
      stop()
      handlers.failed(error)
    },
    start: (ends) => {
      const { unsubscribe } = client.session.output.subscribe(request(), {
        context: context as Record<string, unknown>,
        onData: ({ data }) => {
          subscription.healthy()
          // tRPC types outputs as JSON would carry them; CBOR carries a Uint8Array as it is.
          received(data as unknown as OutputEvent)
        },
        onConnectionStateChange: ({ state }) => {
          if (state === 'connecting') interrupted()
        },
        onStopped: ends.stopped,
        onError: ends.failed,
      })
      return unsubscribe
    },
  })

  return {
    drawn: (offset) => acknowledger?.drawn(offset),
    write: (data, answersOffset) => typing.write(data, answersOffset),
    resize: async (next) => {
      size = { cols: next.cols, rows: next.rows }
      if (isOpen) await client.session.resize.mutate({ session, ...size, viewer })
    },
    takeControl: async () => {
      if (isOpen) await client.session.takeControl.mutate({ session, viewer })
    },
    stop,
  }
}
