import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { hostNameOfAddress } from './host-header.ts'

/** W11. */
export interface ConnectionCaps {
  readonly total: number
  readonly perAddress: number
}

/** Counts the open connections of both loopback listeners together and closes what is above the caps, before a byte is read. */
export const createConnectionSlots = (caps: ConnectionCaps, onRefused: (address: string) => void) => {
  const perAddress = new Map<string, number>()
  let total = 0

  const admit = (socket: Socket): void => {
    const address = hostNameOfAddress(socket.remoteAddress ?? '')
    const used = perAddress.get(address) ?? 0
    if (total >= caps.total || used >= caps.perAddress) {
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
