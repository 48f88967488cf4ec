import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { addressOfSocket } from '../addresses.ts'
import type { IsTrusted } from './proxy.ts'

/** W11. */
export interface ConnectionCaps {
  readonly total: number
  readonly perAddress: number
}

export interface ConnectionSlotsOptions {
  readonly caps: ConnectionCaps
  /** A proxy carries many people in connections of its own. */
  readonly isTrusted: IsTrusted
  readonly onRefused: (address: string) => void
}

/** Counts the open connections of all listeners together and closes what is above the caps, before a byte is read. */
export const createConnectionSlots = ({ caps, isTrusted, onRefused }: ConnectionSlotsOptions) => {
  const perAddress = new Map<string, number>()
  let total = 0

  const admit = (socket: Socket): void => {
    const address = addressOfSocket(socket.remoteAddress)
    const used = perAddress.get(address) ?? 0
    if (total >= caps.total || (used >= caps.perAddress && !isTrusted(address))) {
      socket.destroy()
      onRefused(address)
      return
    }
    total += 1
    perAddress.set(address, used + 1)
    socket.once('close', () => {
      total -= 1
      const left = (perAddress.get(address) ?? 1) - 1
      if (left === 0) perAddress.delete(address)
      else perAddress.set(address, left)
    })
  }

  return {
    /** Ahead of node's own listener, so that a refused socket never gets a parser or a place in its lists. */
    watch: (server: Server): void => void server.prependListener('connection', admit),
    open: (): number => total,
  }
}
export type ConnectionSlots = ReturnType<typeof createConnectionSlots>
