import { connectWebSocket, isDaemonUnreachable } from '@sallyport/unix-socket/connect'
import { type ConnectedClient, createClient } from './client.ts'
import { DaemonNotRunningError } from './connection-errors.ts'
import type { OpenSocket, ReconnectingSocketOptions, Socket, SocketEvents } from './reconnecting-socket.ts'

export interface SocketClientOptions {
  readonly socketPath: string
  /** `never`: for verbs that ask once. `after-first`: for those that watch, and outlive a restart of the daemon. */
  readonly reconnect: 'never' | 'after-first'
  readonly timing?: ReconnectingSocketOptions['timing']
}

const closeGraceMs = 500

/** A path that cannot be a socket, or one that belongs to somebody else, is a failed attempt like any other. */
const failedSocket = (events: SocketEvents, cause: Error): Socket => {
  let destroyed = false
  queueMicrotask(() => {
    if (!destroyed) events.close(1006, cause)
  })
  return {
    send: () => undefined,
    bufferedBytes: () => 0,
    destroy: () => {
      destroyed = true
    },
  }
}

export const openUnixSocket =
  (socketPath: string): OpenSocket =>
  (events) => {
    let socket: ReturnType<typeof connectWebSocket>
    try {
      socket = connectWebSocket(socketPath)
    } catch (cause) {
      return failedSocket(events, cause as Error)
    }
    let failure: Error | undefined
    socket.on('open', () => events.open())
    socket.on('message', (data: Buffer, isBinary) => events.message(isBinary ? data : data.toString('utf8')))
    socket.on('error', (error) => {
      failure = isDaemonUnreachable(error) ? new DaemonNotRunningError(socketPath, error) : error
    })
    socket.on('close', (code) => events.close(code, failure))
    return {
      send: (data) => socket.send(data),
      bufferedBytes: () => socket.bufferedAmount,
      destroy: (code, reason) => {
        socket.removeAllListeners('open')
        socket.removeAllListeners('message')
        socket.removeAllListeners('close')
        // `error` stays listened to: giving up a handshake reports one, and nobody listening would end the process.
        if (socket.readyState !== socket.OPEN) {
          socket.terminate()
          return
        }
        socket.close(code, reason)
        // ws waits 30 s for a peer that does not answer the close, and a CLI that is done would stand there with it.
        setTimeout(() => socket.terminate(), closeGraceMs).unref()
      },
    }
  }

/** For the CLI: the daemon's Unix socket, whose peer is `local` by its uid (SPEC W2). Calls reject with DaemonNotRunningError when nobody serves it. */
export const createSocketClient = (options: SocketClientOptions): ConnectedClient =>
  createClient({
    openSocket: openUnixSocket(options.socketPath),
    reconnect: options.reconnect,
    random: Math.random,
    ...(options.timing === undefined ? {} : { timing: options.timing }),
  })
