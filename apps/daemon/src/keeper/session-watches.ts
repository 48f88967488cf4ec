import type { WatchSink } from '@sallyport/api/keeper-port'
import { type Frame, frameType } from '@sallyport/keeper-protocol/frames'
import type { FrameStream } from './frame-stream.ts'

interface Watch {
  readonly sink: WatchSink
  /** Everything before it has been handed over, or announced by a tip. */
  next: number
}

/** Who watches which session, across connections. Frames name sessions by a handle that counts for one keeper only. */
export const createSessionWatches = () => {
  const watches = new Map<string, Watch>()
  const ids = new Map<number, string>()
  const handles = new Map<string, number>()
  let frames: FrameStream | undefined

  const begin = (id: string): void => {
    const [watch, handle] = [watches.get(id), handles.get(id)]
    if (watch !== undefined && handle !== undefined) frames?.watch(handle, watch.next)
  }

  return {
    connected: (stream: FrameStream): void => {
      frames = stream
      for (const id of watches.keys()) begin(id)
    },
    disconnected: (): void => {
      frames = undefined
      ids.clear()
      handles.clear()
    },
    /** Learns a handle; a watch that was waiting for it begins. */
    learn: (id: string, handle: number): void => {
      if (handles.get(id) === handle) return
      ids.set(handle, id)
      handles.set(id, handle)
      begin(id)
    },
    forget: (id: string): void => {
      const handle = handles.get(id)
      if (handle !== undefined) ids.delete(handle)
      handles.delete(id)
      watches.delete(id)
    },
    handleOf: (id: string): number | undefined => handles.get(id),
    add: (id: string, from: number, sink: WatchSink): { stop(): void } => {
      const watch: Watch = { sink, next: from }
      watches.set(id, watch)
      begin(id)
      return {
        stop: () => {
          // A later watch of the same session is not ours to end.
          if (watches.get(id) !== watch) return
          watches.delete(id)
          const handle = handles.get(id)
          if (handle !== undefined) frames?.unwatch(handle)
        },
      }
    },
    onFrame: ({ type, session, offset, bytes }: Frame): void => {
      const watch = watches.get(ids.get(session) ?? '')
      if (watch === undefined) return
      if (type === frameType.output) {
        watch.next = offset + bytes.length
        watch.sink.onBytes(offset, bytes)
      } else if (type === frameType.tip) {
        watch.next = Math.max(watch.next, offset)
        watch.sink.onTip(offset)
      } else if (type === frameType.complete) {
        watch.next = offset
        watch.sink.onComplete(offset)
      }
    },
  }
}
