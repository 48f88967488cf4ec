import { closeSync } from 'node:fs'
import { createWakePipe, pollUntilReady, readNow, type WakePipe, writeNow } from './native.ts'

/**
 * Tells when a full terminal takes input again.
 *
 * Node cannot: libuv marks every terminal master as "blocking writes" and spins on EAGAIN, so one program that does not
 * read its input would stop the whole keeper (measured: 1.5 s of a frozen loop for a 1 MiB paste). So the full ones, and
 * only they, are given to poll(2) on one pool thread, whatever their number; when none is full no thread waits.
 */
export interface WritableWatch {
  /** Calls back once, when `fd` can be written again or is broken. */
  wait(fd: number, onWritable: () => void): void
  /** Forgets `fd`; must be called before it is closed, or its number could go to a stranger. */
  forget(fd: number): void
}

const oneByte = new Uint8Array(1)

export const createWritableWatch = (): WritableWatch => {
  const waiting = new Map<number, () => void>()
  let pipe: WakePipe | undefined

  const wake = () => {
    if (pipe !== undefined) writeNow(pipe.writeFd, oneByte)
  }

  const run = async (current: WakePipe) => {
    const scratch = new Uint8Array(64)
    while (waiting.size > 0) {
      const ready = await pollUntilReady(current.readFd, [...waiting.keys()])
      readNow(current.readFd, scratch)
      for (const fd of ready) {
        const onWritable = waiting.get(fd)
        waiting.delete(fd)
        onWritable?.()
      }
    }
    pipe = undefined
    closeSync(current.readFd)
    closeSync(current.writeFd)
  }

  return {
    wait: (fd, onWritable) => {
      waiting.set(fd, onWritable)
      if (pipe !== undefined) return wake()
      pipe = createWakePipe()
      void run(pipe)
    },
    forget: (fd) => {
      if (waiting.delete(fd)) wake()
    },
  }
}
