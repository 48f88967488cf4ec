import { cborCodec } from '@sallyport/contract/codec'
import type { TRPCErrorResponse, TRPCResultMessage } from '@trpc/server/rpc'

export type IncomingMessage =
  | { readonly kind: 'reconnect' }
  /** A complaint that belongs to no call: the context could not be made, or our frame could not be read. */
  | { readonly kind: 'complaint'; readonly message: string }
  | { readonly kind: 'error'; readonly id: number; readonly response: TRPCErrorResponse }
  | { readonly kind: 'result'; readonly id: number; readonly result: TRPCResultMessage<unknown>['result'] }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Throws on anything that the tRPC WebSocket adapter (11.25, adapters/ws.ts) does not send. */
export const decodeMessage = (data: Uint8Array | string): IncomingMessage => {
  const message = cborCodec.decode(data)
  if (!isRecord(message)) throw new TypeError('a message is an object')
  const { id } = message
  if (message.method === 'reconnect') return { kind: 'reconnect' }
  if (isRecord(message.error)) {
    const text = message.error.message
    if (typeof text !== 'string') throw new TypeError('an error has a message')
    if (typeof id !== 'number') return { kind: 'complaint', message: text }
    return { kind: 'error', id, response: message as unknown as TRPCErrorResponse }
  }
  if (typeof id !== 'number' || !isRecord(message.result)) throw new TypeError('a message has an id and a result')
  return { kind: 'result', id, result: message.result as TRPCResultMessage<unknown>['result'] }
}
