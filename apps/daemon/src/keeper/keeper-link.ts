import { cborCodec } from '@sallyport/contract/codec'
import type { KeeperRouter } from '@sallyport/keeper-protocol/keeper-router'
import { TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { TRPCResponseMessage } from '@trpc/server/rpc'
import type { WebSocket } from 'ws'

type Answer = Extract<TRPCResponseMessage, { id: unknown }>

/**
 * tRPC over one open WebSocket. Unlike tRPC's own wsLink it sends at once (wsLink waits for a timer, 4 ms of every resize and start) and never reconnects
 * or repeats a call behind our back: the keeper at the other end of a new connection may be another one, with other sessions. When the socket closes,
 * every open call fails and every subscription ends with an error.
 */
export const keeperLink = (ws: WebSocket): TRPCLink<KeeperRouter> => {
  const waiting = new Map<number, { answer(message: Answer): void; fail(error: Error): void }>()
  let lastId = 0

  ws.on('message', (data: Buffer) => {
    const message = cborCodec.decode(data) as Answer
    waiting.get(Number(message.id))?.answer(message)
  })
  ws.once('close', () => {
    for (const { fail } of waiting.values()) fail(new Error('the keeper closed the connection'))
    waiting.clear()
  })

  return () =>
    ({ op }) =>
      observable((observer) => {
        lastId += 1
        const id = lastId
        const isOpen = (): boolean => ws.readyState === ws.OPEN
        const finish = (end: () => void): void => {
          waiting.delete(id)
          end()
        }
        const fail = (error: Error): void => finish(() => observer.error(TRPCClientError.from(error)))
        if (!isOpen()) {
          fail(new Error('the keeper is not connected'))
          return
        }
        waiting.set(id, {
          fail,
          answer: (message) => {
            if ('error' in message) return finish(() => observer.error(TRPCClientError.from(message)))
            if (!('result' in message)) return
            observer.next({ result: message.result })
            if (op.type !== 'subscription' || message.result.type === 'stopped') finish(() => observer.complete())
          },
        })
        ws.send(cborCodec.encode({ id, method: op.type, params: { path: op.path, input: op.input } }))
        return () => {
          if (!waiting.delete(id) || op.type !== 'subscription' || !isOpen()) return
          ws.send(cborCodec.encode({ id, method: 'subscription.stop' }))
        }
      })
}
