import { CLOSE_POLICY, CLOSE_REVOKED } from '@sallyport/contract/close-code'
import { SignedOutError } from './connection-errors.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'

/** One WebSocket, whoever implements it. Events stop after `close` and after `destroy()`. */
export interface Socket {
  send(data: Uint8Array<ArrayBuffer> | string): void
  /** Bytes accepted by `send` that have not left this process. */
  bufferedBytes(): number
  /** Ends it now; no further events. `code` is what the other end sees when it is still there. */
  destroy(code: number, reason: string): void
}

export interface SocketEvents {
  open(): void
  message(data: Uint8Array | string): void
  /** Always the last event, also when it never opened. `cause`: what the system said, where it says something. */
  close(code: number, cause: Error | undefined): void
}

export type OpenSocket = (events: SocketEvents) => Socket

export type ConnectionState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'open' }
  /** `retryInMs` null: for good. */
  | { readonly kind: 'closed'; readonly retryInMs: number | null; readonly cause: Error | undefined }
  | { readonly kind: 'signedOut' }

/** Shown as figures so that tests need not wait for them. */
export interface ConnectionTiming {
  readonly retryMs: number
  readonly maxRetryMs: number
  /** A handshake that takes longer is given up: browsers would wait for minutes. */
  readonly connectTimeoutMs: number
  /** After this long without a message we ask whether anybody is there; page code cannot see the server's WebSocket pings. */
  readonly idlePingMs: number
  /** No answer to that for so long: the connection is dead, whatever TCP believes (a laptop that slept, a NAT that forgot). */
  readonly pongTimeoutMs: number
}

const defaultTiming: ConnectionTiming = {
  retryMs: 250,
  maxRetryMs: 10_000,
  connectTimeoutMs: 15_000,
  idlePingMs: 25_000,
  pongTimeoutMs: 10_000,
}

export interface ReconnectingSocketOptions {
  readonly openSocket: OpenSocket
  /**
   * `never`: one connection, its end is final. `after-first`: the first attempt must succeed, later losses are repaired (a CLI must say at once that
   * no daemon runs). `always`: a page keeps trying.
   */
  readonly reconnect: 'never' | 'after-first' | 'always'
  /** In [0, 1), for the jitter. */
  readonly random: () => number
  /**
   * Asked after a handshake that failed: a browser does not tell a refused upgrade (401) from a dead network. Resolves false when the
   * credential is no longer good; a rejection counts as a dead network.
   */
  readonly isSignedIn?: () => Promise<boolean>
  readonly timing?: Partial<ConnectionTiming>
}

/** The owner of the socket; it hears in order `opened`, any number of `received`, `lost`. */
export interface SocketOwner {
  opened(): void
  received(data: Uint8Array | string): void
  /** `final`: no further attempt will be made. */
  lost(cause: Error | undefined, final: boolean): void
}

export interface ReconnectingSocket {
  /** Connects unless it is connected, connecting, or closed for good. */
  ensureOpen(): void
  send(data: Uint8Array<ArrayBuffer> | string): void
  bufferedBytes(): number
  /** The peer said something that makes sense: the next loss is repaired at once, without a wait. */
  healthy(): void
  /** Gives the current connection up and makes a new one. */
  drop(reason: Error): void
  /** Ends a wait between attempts, for example when the browser is online again. */
  reconnectNow(): void
  close(): void
  state(): ConnectionState
  /** Calls at once with the current state, then with every change. Returns what ends it. */
  onState(listener: (state: ConnectionState) => void): () => void
}

/** Timers of a client never keep a CLI process alive; in a page they have no such notion. */
const unref = (timer: ReturnType<typeof setTimeout>): void => {
  if (typeof timer === 'object') timer.unref()
}

export const createReconnectingSocket = (
  options: ReconnectingSocketOptions,
  owner: SocketOwner,
): ReconnectingSocket => {
  const timing = { ...defaultTiming, ...options.timing }
  const listeners = new Set<(state: ConnectionState) => void>()
  let state: ConnectionState = { kind: 'closed', retryInMs: null, cause: undefined }
  let socket: Socket | undefined
  let everOpened = false
  let finished = false
  let attempt = 0
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let deadline: ReturnType<typeof setTimeout> | undefined
  let heardAt = 0

  const enter = (next: ConnectionState): void => {
    state = next
    for (const listener of [...listeners]) listener(next)
  }

  const connect = (): void => {
    retryTimer = undefined
    enter({ kind: 'connecting', attempt })
    // Events of a socket that we gave up must not touch its successor.
    let current = true
    const opened = options.openSocket({
      open: () => {
        if (!current) return
        everOpened = true
        watchForSilence()
        enter({ kind: 'open' })
        owner.opened()
      },
      message: (data) => {
        if (!current) return
        heardAt = Date.now()
        if (data === 'PONG') return
        if (data === 'PING') socket?.send('PONG')
        else owner.received(data)
      },
      close: (code, cause) => {
        if (!current) return
        current = false
        closed(code, cause)
      },
    })
    socket = {
      ...opened,
      destroy: (code, reason) => {
        current = false
        opened.destroy(code, reason)
      },
    }
    arm(timing.connectTimeoutMs, () => drop(new Error('the daemon did not answer in time')))
  }

  const arm = (ms: number, then: () => void): void => {
    clearTimeout(deadline)
    deadline = setTimeout(then, ms)
    unref(deadline)
  }

  /** One timer for the connection, not one per message: it looks back when it fires. */
  const watchForSilence = (): void => {
    heardAt = Date.now()
    const look = (): void => {
      const quietMs = Date.now() - heardAt
      if (quietMs < timing.idlePingMs) {
        arm(timing.idlePingMs - quietMs, look)
        return
      }
      const askedAt = heardAt
      socket?.send('PING')
      arm(timing.pongTimeoutMs, () => {
        if (heardAt === askedAt) drop(new Error('the daemon stopped answering'))
        else look()
      })
    }
    arm(timing.idlePingMs, look)
  }

  const closed = (code: number, cause: Error | undefined): void => {
    const wasOpen = state.kind === 'open'
    clearTimeout(deadline)
    socket = undefined
    if (code === CLOSE_REVOKED) {
      signedOut()
      return
    }
    if (options.reconnect === 'never' || (options.reconnect === 'after-first' && !everOpened)) {
      finish(cause)
      return
    }
    // A peer that closed us for breaking a limit gets no immediate retry.
    if (code === CLOSE_POLICY) attempt = Math.max(attempt, 4)
    if (wasOpen || options.isSignedIn === undefined) {
      retry(cause)
      return
    }
    options.isSignedIn().then(
      (yes) => {
        if (finished || state.kind !== 'connecting') return
        if (yes) retry(cause)
        else signedOut()
      },
      () => {
        if (!finished && state.kind === 'connecting') retry(cause)
      },
    )
  }

  const retry = (cause: Error | undefined): void => {
    const delayMs = reconnectDelayMs(attempt, timing, options.random())
    attempt += 1
    enter({ kind: 'closed', retryInMs: delayMs, cause })
    owner.lost(cause, false)
    if (!finished && socket === undefined && retryTimer === undefined) retryTimer = setTimeout(connect, delayMs)
  }

  const finish = (cause: Error | undefined): void => {
    finished = true
    enter({ kind: 'closed', retryInMs: null, cause })
    owner.lost(cause, true)
  }

  const signedOut = (): void => {
    finished = true
    enter({ kind: 'signedOut' })
    owner.lost(new SignedOutError(), true)
  }

  const drop = (reason: Error): void => {
    if (socket === undefined) return
    // 4000 to 4999 is all that page code may say besides 1000.
    socket.destroy(4400, reason.message)
    closed(1006, reason)
  }

  return {
    ensureOpen: () => {
      if (finished || socket !== undefined || retryTimer !== undefined || state.kind === 'connecting') return
      connect()
    },
    send: (data) => socket?.send(data),
    bufferedBytes: () => socket?.bufferedBytes() ?? 0,
    healthy: () => {
      attempt = 0
    },
    drop,
    reconnectNow: () => {
      if (retryTimer === undefined) return
      clearTimeout(retryTimer)
      connect()
    },
    close: () => {
      if (finished) return
      clearTimeout(retryTimer)
      clearTimeout(deadline)
      retryTimer = undefined
      socket?.destroy(1000, '')
      socket = undefined
      finish(undefined)
    },
    state: () => state,
    onState: (listener) => {
      listeners.add(listener)
      listener(state)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
