import type { Acknowledgement } from '@sallyport/contract/acknowledgement'
import { cborCodec } from '@sallyport/contract/codec'
import type { Operation, OperationResultEnvelope, TRPCClientError } from '@trpc/client'
import type { AnyRouter } from '@trpc/server'
import type { Observer } from '@trpc/server/observable'

export type CallObserver = Observer<
  OperationResultEnvelope<unknown, TRPCClientError<AnyRouter>>,
  TRPCClientError<AnyRouter>
>

/** One call on its way. A subscription keeps its place here until it ends and gets a new id with every connection. */
export interface Call {
  id: number
  readonly op: Operation
  readonly observer: CallObserver
  /** Of the last tracked event that was delivered; the daemon goes on after it. */
  lastEventId: string | undefined
  /** The encoded message; subscriptions are encoded when they are sent, because a resumed one says something else. */
  readonly frame: Uint8Array<ArrayBuffer> | undefined
  queueTimer: ReturnType<typeof setTimeout> | undefined
  sentBefore: boolean
}

/** The `context` of a subscription: what `session.output` and the link have to tell each other besides calls and events. */
export interface StreamContext {
  /** Makes the input of every subscription after the first one, when the connection was lost and found again: a viewer id is good for one connection. */
  readonly inputForResume?: () => unknown
  /** Set by the link. Tells the daemon how far `viewer` has drawn; nothing answers, and without a connection nothing is sent. */
  acknowledge?: (viewer: string, offset: number) => void
}

const inputOf = (call: Call): unknown => {
  const { inputForResume } = call.op.context as StreamContext
  return call.sentBefore && inputForResume !== undefined ? inputForResume() : call.op.input
}

/** The message of the tRPC WebSocket protocol, in CBOR. */
export const encodeCall = (call: Pick<Call, 'id' | 'op' | 'lastEventId' | 'sentBefore'>): Uint8Array<ArrayBuffer> =>
  cborCodec.encode({
    id: call.id,
    method: call.op.type,
    params: {
      path: call.op.path,
      input: inputOf(call as Call),
      ...(call.lastEventId === undefined ? {} : { lastEventId: call.lastEventId }),
    },
  })

export const encodeAcknowledgement = (viewer: string, offset: number): Uint8Array<ArrayBuffer> =>
  cborCodec.encode({ method: 'acknowledge', viewer, offset } satisfies Acknowledgement)

export const encodeStop = (id: number): Uint8Array<ArrayBuffer> => cborCodec.encode({ id, method: 'subscription.stop' })
