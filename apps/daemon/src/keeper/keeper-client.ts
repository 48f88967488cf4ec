import { join } from 'node:path'
import type { Log } from '@sallyport/api/api-dependencies'
import { AppError } from '@sallyport/api/errors'
import type { KeeperEvent, KeeperPort, KeptSession } from '@sallyport/api/keeper-port'
import type { SpawnRequest, KeeperEvent as WireEvent } from '@sallyport/keeper-protocol/keeper-router'
import { isDaemonUnreachable } from '@sallyport/unix-socket/connect'
import { connectKeeper, type KeeperLine } from './keeper-line.ts'
import { KEEPER_SOCKET, type KeeperProgram, startKeeperProcess } from './keeper-process.ts'
import { restartDelayMs } from './restart-delay.ts'
import { createSessionWatches } from './session-watches.ts'
import { spawnSession } from './spawn-session.ts'

export interface KeeperClientOptions {
  readonly program: KeeperProgram
  readonly logLimits: SpawnRequest['logLimits']
  readonly logDirectory: (sessionId: string) => Promise<string>
  readonly log: Log
  readonly now: () => number
}

export interface KeeperClient extends KeeperPort {
  /** Why sessions cannot be reached right now, as a sentence, or null. */
  problem(): string | null
  /** Settles when the first connection is up, or rejects with why it is not. Later connections are made without being asked for. */
  readonly ready: Promise<void>
  /** Lets go of the keeper and leaves it running. */
  close(): void
}

/**
 * Finds the keeper or starts one, and does so again at once when it dies (S2). Sessions of a dead keeper are gone; the snapshot that follows says so by
 * not having them.
 */
export const createKeeperClient = (options: KeeperClientOptions): KeeperClient => {
  const { program, log, now } = options
  const socketPath = join(program.dataDir, KEEPER_SOCKET)
  const watches = createSessionWatches()
  const listeners = new Set<(event: KeeperEvent) => void>()
  const sessions = new Map<string, KeptSession>()
  let line: KeeperLine | undefined
  let problem: string | null = 'the keeper is being started'
  let closing = false
  let cancelDelay: (() => void) | undefined
  let drained: { readonly promise: Promise<void>; settle(): void } | undefined

  const emit = (event: KeeperEvent): void => {
    for (const listener of listeners) listener(event)
  }
  const snapshotOf = (keeperPid: number): KeeperEvent => ({
    kind: 'snapshot',
    keeperPid,
    sessions: [...sessions.values()],
  })

  const noteDrain = (): void => {
    const settled = drained
    drained = undefined
    settled?.settle()
  }

  const connectOrStart = async (onEvent: (event: WireEvent) => void): Promise<KeeperLine> => {
    const listener = { onFrame: watches.onFrame, onEvent }
    try {
      return await connectKeeper(socketPath, listener)
    } catch (error) {
      if (!isDaemonUnreachable(error)) throw error
      await startKeeperProcess(program)
      return connectKeeper(socketPath, listener)
    }
  }

  /** From one keeper's snapshot to the end of its line. */
  const followOne = async (onConnected: () => void): Promise<void> => {
    // Events may come before this function goes on; the snapshot is the first of them.
    let current: KeeperLine | undefined
    const early: WireEvent[] = []
    const onEvent = (event: WireEvent): void => {
      if (current === undefined) early.push(event)
      else if (event.kind === 'changed') {
        watches.learn(event.session.id, event.session.handle)
        sessions.set(event.session.id, event.session)
        emit(event)
      } else {
        sessions.clear()
        for (const session of event.sessions) {
          sessions.set(session.id, session)
          watches.learn(session.id, session.handle)
        }
        line = current
        problem = null
        onConnected()
        emit(snapshotOf(current.hello.pid))
      }
    }
    current = await connectOrStart(onEvent)
    const opened = current
    try {
      if (closing) return opened.close()
      opened.frames.onDrain(noteDrain)
      watches.connected(opened.frames)
      log.info('connected to the keeper', { pid: opened.hello.pid, version: opened.hello.version })
      for (const event of early) onEvent(event)
      await opened.closed
    } finally {
      line = undefined
      watches.disconnected()
      noteDrain()
      if (!closing) {
        problem = 'the keeper is gone and another one is being started'
        log.warn('the keeper closed the connection', { pid: opened.hello.pid })
        emit({ kind: 'disconnected' })
      }
    }
  }

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      cancelDelay = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const followAll = async (onConnected: () => void, onFirstFailure: (error: Error) => void): Promise<void> => {
    let shortLives = 0
    while (!closing) {
      const startedAt = now()
      let failed = false
      await followOne(onConnected).catch((error: Error) => {
        failed = true
        problem = error.message
        log.error('no keeper', { error: error.message })
        onFirstFailure(error)
      })
      if (closing) return
      const delay = restartDelayMs({ failed, livedMs: now() - startedAt, shortLives })
      shortLives = delay.shortLives
      if (delay.delayMs > 0) await pause(delay.delayMs)
    }
  }

  const ready = new Promise<void>((resolve, reject) => void followAll(resolve, reject))
  // Whoever waits for `ready` sees the rejection; nobody has to.
  ready.catch(() => undefined)

  const connected = (): KeeperLine => {
    if (line === undefined)
      throw new AppError('unavailable', `Sessions cannot be reached right now: ${problem ?? 'the keeper is gone'}.`)
    return line
  }
  const known = <T extends WireEvent & { kind: 'changed' }>(session: T['session']): KeptSession => {
    // The answer may overtake the event: whoever spawned may type at once.
    watches.learn(session.id, session.handle)
    sessions.set(session.id, session)
    return session
  }

  return {
    ready,
    problem: () => problem,
    get pid() {
      return line?.hello.pid ?? null
    },
    spawn: async (request) => {
      const log = { logDirectory: await options.logDirectory(request.id), logLimits: options.logLimits }
      return known(await spawnSession(connected(), request, log))
    },
    resize: async (id, cols, rows) => connected().control.resize.mutate({ id, cols, rows }),
    signal: async (id, signal) => connected().control.signal.mutate({ id, signal }),
    stop: async (id, graceMs) => connected().control.stop.mutate({ id, graceMs }),
    answerQueries: async (id, by) => connected().control.answerQueries.mutate({ id, by }),
    forget: async (id) => {
      await connected().control.forget.mutate({ id })
      watches.forget(id)
      sessions.delete(id)
    },
    write: async (id, bytes) => {
      const { frames } = connected()
      const handle = watches.handleOf(id)
      if (handle === undefined) throw new AppError('conflict', 'The session has ended.')
      if (frames.input(handle, bytes)) return
      if (drained === undefined) {
        let settle: () => void = () => undefined
        const promise = new Promise<void>((resolve) => {
          settle = resolve
        })
        drained = { promise, settle }
      }
      await drained.promise
    },
    watch: (id, from, sink) => watches.add(id, from, sink),
    shutdown: async (graceMs) => {
      const current = connected()
      closing = true
      await current.control.shutdown.mutate({ graceMs })
      await current.closed
    },
    onEvent: (listener) => {
      listeners.add(listener)
      if (line !== undefined) listener(snapshotOf(line.hello.pid))
      return () => void listeners.delete(listener)
    },
    close: () => {
      closing = true
      cancelDelay?.()
      line?.close()
    },
  }
}
