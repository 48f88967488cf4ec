import { type LiveTail, type TailDependencies, WatchedTail } from './watched-tail.ts'

/** A page that reloads comes back within this; the tail of the session is then still here. */
const LINGER_MS = 2000

export interface LiveTails {
  /** Lends the tail of a live session. `diskEnd` is used when nobody watches it yet. Call `release` once. */
  acquire(id: string, diskEnd: number): { readonly tail: LiveTail; release(): void }
  /** Undefined when nobody watches the session. */
  peek(id: string): LiveTail | undefined
  /** Nothing will follow and the watch, if any, will not say so: the session is lost, or removed. */
  close(id: string): void
  /** Resolves when the watch of a complete session has brought all its bytes, at once when there is none. */
  drained(id: string): Promise<void>
  /** Ends every watch. */
  dispose(): void
}

export const createLiveTails = (deps: TailDependencies): LiveTails => {
  const watched = new Map<string, { tail: WatchedTail; holders: number; linger: NodeJS.Timeout | undefined }>()

  const drop = (id: string) => {
    const held = watched.get(id)
    if (held === undefined) return
    clearTimeout(held.linger)
    watched.delete(id)
    held.tail.close()
  }

  const release = (id: string, tail: WatchedTail) => {
    const held = watched.get(id)
    if (held?.tail !== tail) return
    held.holders -= 1
    if (held.holders > 0) return
    held.linger = setTimeout(() => drop(id), LINGER_MS)
    held.linger.unref()
  }

  return {
    acquire: (id, diskEnd) => {
      let held = watched.get(id)
      if (held === undefined || held.tail.isClosed) {
        held = { tail: new WatchedTail(deps, id, diskEnd), holders: 0, linger: undefined }
        watched.set(id, held)
      }
      clearTimeout(held.linger)
      held.holders += 1
      const { tail } = held
      let released = false
      return {
        tail,
        release: () => {
          if (!released) release(id, tail)
          released = true
        },
      }
    },
    peek: (id) => watched.get(id)?.tail,
    close: drop,
    drained: (id) => watched.get(id)?.tail.closed ?? Promise.resolve(),
    dispose: () => {
      for (const id of [...watched.keys()]) drop(id)
    },
  }
}
