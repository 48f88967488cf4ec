import { join } from 'node:path'
import { KEEPER_PROTOCOL } from '@sallyport/keeper-protocol/hello'
import { createKeeperRouter, type KeeperHandlers } from '@sallyport/keeper-protocol/keeper-router'
import { listenUnix } from '@sallyport/unix-socket/listen'
import { createControlServer } from './control-server.ts'
import { createDaemonDoor } from './daemon-door.ts'
import { createEventFeed } from './event-feed.ts'
import { createFrameChannel, type FrameChannel } from './frame-channel.ts'
import type { LogLine } from './log-line.ts'
import { createSessionTable } from './sessions.ts'
import { createWritableWatch } from './writable-watch.ts'

export interface KeeperOptions {
  /** Absolute, private, locked by us. */
  readonly dataDir: string
  readonly version: string
  readonly inheritedUmask: number
  readonly clock: { now(): number }
  readonly logLine: LogLine
}

export interface Keeper {
  /** Collected by the session that started it, not by the reaper. */
  isRoot(pid: number): boolean
  /** Ends every session, then the connections and the socket. A second call waits for the first. */
  shutdown(graceMs: number): Promise<void>
  /** Settles when all is closed. */
  readonly closed: Promise<void>
}

/** Sessions, and one socket for the daemon to reach them. Daemons come and go; sessions do not notice. */
export const startKeeper = async (options: KeeperOptions): Promise<Keeper> => {
  const { dataDir, version, inheritedUmask, clock, logLine } = options
  const startedAt = clock.now()
  const feed = createEventFeed()
  let channel: FrameChannel | undefined
  let congestedSessions = 0

  const sessions = createSessionTable(dataDir, {
    watch: createWritableWatch(),
    clock,
    logLine,
    inheritedUmask,
    events: {
      onOutput: (session, offset, bytes) => channel?.onOutput(session, offset, bytes),
      onChanged: (session) => {
        feed.changed(session.kept())
        channel?.onChanged(session)
      },
      onInputCongestion: (congested) => {
        congestedSessions += congested ? 1 : -1
        channel?.setInputPaused(congestedSessions > 0)
      },
    },
  })

  /** Nobody is there to answer programs any more (SPEC O10). */
  const answerAllQueries = () => {
    for (const session of sessions.all()) session.answerQueries('keeper')
  }

  let shuttingDown: Promise<void> | undefined
  let settleClosed: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    settleClosed = resolve
  })
  const endSessions = (graceMs: number): Promise<void> => {
    shuttingDown ??= sessions.stopAll(graceMs).then(() => {
      logLine('all sessions have ended')
      // After the answer to whoever asked has been written.
      setImmediate(() => void close())
    })
    return shuttingDown
  }

  const handlers: KeeperHandlers = {
    hello: () => ({ protocol: KEEPER_PROTOCOL, version, pid: process.pid, startedAt }),
    spawn: async (request) => (await sessions.spawn(request)).kept(),
    resize: (id, cols, rows) => sessions.get(id).resize(cols, rows),
    signal: (id, signal) => sessions.get(id).signal(signal),
    stop: async (id, graceMs) => {
      const session = sessions.get(id)
      await session.stop(graceMs)
      return session.kept()
    },
    answerQueries: (id, by) => sessions.get(id).answerQueries(by),
    forget: (id) => {
      const session = sessions.get(id)
      sessions.forget(id)
      channel?.forget(session)
    },
    list: sessions.list,
    events: (signal) => feed.subscribe(sessions.list, signal),
    shutdown: endSessions,
  }

  const control = createControlServer({
    router: createKeeperRouter(handlers),
    logLine,
    onFrameStream: (stream) => {
      channel?.close()
      const opened = createFrameChannel({
        stream,
        sessionByHandle: sessions.byHandle,
        logLine,
        onClosed: () => {
          if (channel !== opened) return
          channel = undefined
          answerAllQueries()
        },
      })
      channel = opened
      opened.setInputPaused(congestedSessions > 0)
    },
  })
  const door = createDaemonDoor({ dataDir, logLine, onDaemonGone: answerAllQueries })
  const listener = await listenUnix({
    path: join(dataDir, 'keeper.sock'),
    onConnection: (socket, peer) => {
      void door.admit(socket, peer).then((admitted) => {
        if (admitted) control.serve(socket)
      })
    },
    onRefused: ({ reason, uid }) =>
      logLine(`refused a connection: ${reason}${uid === undefined ? '' : ` (uid ${uid})`}`),
  })

  const close = async () => {
    await control.close()
    await listener.close()
    settleClosed()
  }

  return {
    isRoot: sessions.isRoot,
    shutdown: async (graceMs) => {
      await endSessions(graceMs)
      await closed
    },
    closed,
  }
}
