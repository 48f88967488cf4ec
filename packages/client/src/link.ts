import { TRPCClientError, type TRPCLink } from '@trpc/client'
import type { AnyRouter } from '@trpc/server'
import { observable } from '@trpc/server/observable'
import {
  type Call,
  type CallObserver,
  encodeAcknowledgement,
  encodeCall,
  encodeStop,
  type StreamContext,
} from './call-table.ts'
import { ConnectionLostError, MessageTooLargeError, QueueFullError, SignedOutError } from './connection-errors.ts'
import { decodeMessage, type IncomingMessage } from './incoming-message.ts'
import {
  type ConnectionState,
  createReconnectingSocket,
  type ReconnectingSocketOptions,
} from './reconnecting-socket.ts'

/** SPEC W11: the daemon closes on a longer frame. */
const messageMaxBytes = 1024 * 1024
/** What may wait in this process for a daemon that does not take it. */
const backlogMaxBytes = 8 * 1024 * 1024
const backlogMaxCalls = 10_000
/** A call made while there is no connection waits this long for one. */
const queueTimeoutMs = 10_000
/** A daemon that asks us to reconnect gets this long to answer what is under way. */
const drainTimeoutMs = 2_000

export interface Connection {
  /** The terminating link: sends within the call (wsLink waits a timer tick, 4 ms of key echo), in the order of the calls. */
  readonly link: TRPCLink<AnyRouter>
  state(): ConnectionState
  onState(listener: (state: ConnectionState) => void): () => void
  /** Connects now, without a call. */
  open(): void
  reconnectNow(): void
  /** For good: calls under way are rejected, subscriptions complete. */
  close(): void
}

/**
 * Calls over one WebSocket. When it is lost: subscriptions are resumed after their last tracked event, queries are asked again, and mutations under
 * way are rejected with ConnectionLostError, because asking twice could do them twice.
 */
export const createConnection = (options: ReconnectingSocketOptions): Connection => {
  let lastId = 0
  let isOpen = false
  let draining: ReturnType<typeof setTimeout> | undefined
  let closing = false
  let finalCause: Error | undefined
  let complaint: Error | undefined
  let queuedBytes = 0
  /** In the order of the calls; all of it leaves when the connection opens. */
  let queue: Call[] = []
  const pending = new Map<number, Call>()

  const fail = (call: Call, error: Error): void => {
    clearTimeout(call.queueTimer)
    call.observer.error(TRPCClientError.from(error))
  }

  const acknowledge = (viewer: string, offset: number): void => {
    if (isOpen) socket.send(encodeAcknowledgement(viewer, offset))
  }

  const transmit = (call: Call): void => {
    clearTimeout(call.queueTimer)
    if (call.op.type === 'subscription') {
      call.id = ++lastId
      const context: StreamContext = call.op.context
      context.acknowledge = acknowledge
    }
    let frame: Uint8Array<ArrayBuffer>
    try {
      frame = call.frame ?? encodeCall(call)
    } catch (cause) {
      fail(call, cause as Error)
      return
    }
    call.sentBefore = true
    pending.set(call.id, call)
    socket.send(frame)
  }

  const enqueue = (call: Call): void => {
    if (queue.length >= backlogMaxCalls || queuedBytes + (call.frame?.byteLength ?? 0) > backlogMaxBytes) {
      fail(call, new QueueFullError())
      return
    }
    queue.push(call)
    queuedBytes += call.frame?.byteLength ?? 0
    giveUpLater(call)
    socket.ensureOpen()
  }

  /** A subscription waits for the connection as long as it takes; somebody waits for the answer of a call. */
  const giveUpLater = (call: Call): void => {
    if (call.op.type === 'subscription') return
    call.queueTimer = setTimeout(() => {
      unqueue(call)
      fail(call, new ConnectionLostError(false))
    }, queueTimeoutMs)
  }

  const unqueue = (call: Call): void => {
    const length = queue.length
    queue = queue.filter((other) => other !== call)
    if (queue.length < length) queuedBytes -= call.frame?.byteLength ?? 0
    clearTimeout(call.queueTimer)
  }

  const submit = (op: Call['op'], observer: CallObserver): Call => {
    const id = ++lastId
    const draft = { id, op, observer, lastEventId: undefined, queueTimer: undefined, sentBefore: false }
    const call: Call = { ...draft, frame: op.type === 'subscription' ? undefined : encodeCall(draft) }
    const sizeBytes = call.frame?.byteLength ?? 0
    if (finalCause !== undefined) fail(call, finalCause)
    else if (sizeBytes > messageMaxBytes) fail(call, new MessageTooLargeError(sizeBytes, messageMaxBytes))
    else if (!isOpen || draining !== undefined) enqueue(call)
    else if (pending.size >= backlogMaxCalls || socket.bufferedBytes() + sizeBytes > backlogMaxBytes) {
      fail(call, new QueueFullError())
    } else transmit(call)
    return call
  }

  const cancel = (call: Call): void => {
    unqueue(call)
    if (pending.get(call.id) !== call) return
    pending.delete(call.id)
    if (call.op.type === 'subscription' && isOpen) socket.send(encodeStop(call.id))
    finishDraining()
  }

  const settle = (message: Extract<IncomingMessage, { id: number }>): void => {
    const call = pending.get(message.id)
    // Late events of a subscription that was stopped here.
    if (call === undefined) return
    if (message.kind === 'error') {
      pending.delete(call.id)
      call.observer.error(TRPCClientError.from(message.response))
    } else if (call.op.type !== 'subscription') {
      pending.delete(call.id)
      call.observer.next({ result: message.result })
      call.observer.complete()
    } else {
      if (message.result.type === 'stopped') pending.delete(call.id)
      else if (message.result.type !== 'started' && message.result.id !== undefined) {
        call.lastEventId = message.result.id
      }
      call.observer.next({ result: message.result })
      if (message.result.type === 'stopped') call.observer.complete()
    }
    finishDraining()
  }

  const finishDraining = (): void => {
    if (draining === undefined) return
    for (const call of pending.values()) if (call.op.type !== 'subscription') return
    socket.drop(new Error('the daemon asked us to reconnect'))
  }

  const received = (data: Uint8Array | string): void => {
    let message: IncomingMessage
    try {
      message = decodeMessage(data)
    } catch (cause) {
      socket.drop(new Error('the daemon sent a message that makes no sense', { cause }))
      return
    }
    if (message.kind === 'complaint') {
      complaint = new Error(message.message)
      return
    }
    socket.healthy()
    if (message.kind === 'reconnect') {
      draining ??= setTimeout(() => socket.drop(new Error('the daemon asked us to reconnect')), drainTimeoutMs)
      finishDraining()
    } else settle(message)
  }

  const opened = (): void => {
    isOpen = true
    complaint = undefined
    const waiting = queue
    queue = []
    queuedBytes = 0
    for (const call of waiting) {
      if (call.sentBefore && call.op.type === 'subscription') {
        call.observer.next({ result: { type: 'state', state: 'pending', error: null } })
      }
      transmit(call)
    }
  }

  const lost = (cause: Error | undefined, final: boolean): void => {
    isOpen = false
    clearTimeout(draining)
    draining = undefined
    const reason = cause instanceof SignedOutError ? cause : (complaint ?? cause)
    const sent = [...pending.values()]
    pending.clear()
    if (final) {
      const waiting = queue
      queue = []
      queuedBytes = 0
      finalCause = cause ?? new ConnectionLostError(false)
      for (const call of [...sent, ...waiting]) end(call, reason)
      return
    }
    const again = sent.filter((call) => call.op.type !== 'mutation')
    for (const call of again) {
      queuedBytes += call.frame?.byteLength ?? 0
      giveUpLater(call)
    }
    queue = [...again, ...queue]
    const error = new ConnectionLostError(true, reason)
    for (const call of sent) {
      if (call.op.type === 'mutation') fail(call, error)
      else if (call.op.type === 'subscription') {
        call.observer.next({ result: { type: 'state', state: 'connecting', error: TRPCClientError.from(error) } })
      }
    }
  }

  const end = (call: Call, reason: Error | undefined): void => {
    if (closing && call.op.type === 'subscription') call.observer.complete()
    // A failed handshake says why; a connection that broke later says whether the call may have been carried out.
    else if (reason instanceof SignedOutError || (!call.sentBefore && reason !== undefined)) fail(call, reason)
    else fail(call, new ConnectionLostError(call.sentBefore, reason))
  }

  const socket = createReconnectingSocket(options, { opened, received, lost })

  return {
    link:
      () =>
      ({ op }) =>
        observable((observer) => {
          const call = submit(op, observer as CallObserver)
          const abort = (): void => {
            cancel(call)
            if (op.type === 'subscription') observer.complete()
            else observer.error(TRPCClientError.from(op.signal?.reason ?? new Error('aborted')))
          }
          if (op.signal?.aborted) abort()
          else op.signal?.addEventListener('abort', abort, { once: true })
          return () => {
            op.signal?.removeEventListener('abort', abort)
            cancel(call)
          }
        }),
    state: socket.state,
    onState: socket.onState,
    open: socket.ensureOpen,
    reconnectNow: socket.reconnectNow,
    close: () => {
      closing = true
      clearTimeout(draining)
      socket.close()
    },
  }
}
