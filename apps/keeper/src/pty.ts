import { closeSync, constants, openSync } from 'node:fs'
import type { OnReadOpts, SocketConstructorOpts } from 'node:net'
import { ReadStream } from 'node:tty'
import { createInputQueue, type InputQueue } from './input-queue.ts'
import { duplicate, foregroundGroup, readNow } from './native.ts'
import { type ForkedTerminal, type ForkRequest, forkTerminal, resizeTerminal } from './pty-binding.ts'
import type { WritableWatch } from './writable-watch.ts'

/** After the root's death its background children may go on printing; this much silence ends the recording (SPEC S3). */
const BACKGROUND_SILENCE_MS = 5000
/**
 * More than the kernel holds between the two ends of a terminal (a read buffer of 4 KiB and 64 KiB on the way). What is
 * read beyond that after the root's death was printed by its children, who may never stop.
 */
const DRAIN_MAX_BYTES = 256 * 1024

export interface PtyEvents {
  /** Bytes printed, in order. A view of a buffer that the next read overwrites: copy what you keep. */
  onOutput(bytes: Buffer): void
  /** The root process is dead and all that it printed was handed to `onOutput`. `signal`: its number, or 0. */
  onExit(code: number, signal: number): void
  /** After `onExit`: no byte will follow. */
  onClosed(): void
  onInputCongestion(congested: boolean): void
}

export interface Pty {
  readonly pid: number
  readonly input: InputQueue
  resize(cols: number, rows: number): void
  pause(): void
  resume(): void
  /** The group that Ctrl+C goes to, while the terminal is open. */
  foregroundGroup(): number | undefined
  /** Closes the terminal, whoever still has it open. What they print from now on is lost. */
  abandon(): void
}

/** One for all sessions: reads are synchronous, and `onOutput` copies. 64 KiB for kernels that give more than 4 at once. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

const openBothEnds = ({ slavePath, masterFd, pid }: ForkedTerminal): { readFd: number; slaveFd: number } => {
  const opened = [masterFd]
  try {
    const readFd = duplicate(masterFd)
    opened.push(readFd)
    return { readFd, slaveFd: openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY) }
  } catch (error) {
    // Out of descriptors. The program runs already, and nobody would ever know of it.
    for (const fd of opened) closeSync(fd)
    process.kill(-pid, 'SIGKILL')
    throw error
  }
}

/**
 * Runs a program under a new terminal and loses no byte of it.
 *
 * libuv ends a stream at the first hangup even when more than one read is pending; node-pty then loses up to 10 KB of a
 * program that prints and exits. Two things prevent it: our own slave descriptor keeps the terminal from hanging up while
 * the root lives (also when the root closes and reopens it), and whatever libuv leaves behind is read through a second
 * descriptor of the master until the kernel says that there is no more.
 */
export const openPty = (request: ForkRequest, watch: WritableWatch, events: PtyEvents): Pty => {
  let started = false
  const terminal = forkTerminal(request, (code, signal) => {
    if (started) onRootDead(code, signal)
  })
  const { masterFd } = terminal
  const ends = openBothEnds(terminal)
  started = true
  let slaveFd: number | undefined = ends.slaveFd
  let exited = false
  let open = true
  let paused = false
  let silence: NodeJS.Timeout | undefined

  const input = createInputQueue({ fd: masterFd, watch, onCongestionChange: events.onInputCongestion })

  const onread: OnReadOpts = {
    buffer: readBuffer,
    callback: (count) => {
      silence?.refresh()
      events.onOutput(readBuffer.subarray(0, count))
      return true
    },
  }
  // The constructor hands its options to net.Socket; the types know `onread` only where a socket connects.
  const stream = new ReadStream(ends.readFd, { onread } as SocketConstructorOpts)
  // EIO is how a terminal says that its last user is gone; every error ends in `close`, where the rest is read.
  stream.on('error', () => undefined)
  stream.on('close', () => onHangup())
  stream.resume()

  const drain = () => {
    for (let left = DRAIN_MAX_BYTES; left > 0; ) {
      const count = readNow(masterFd, readBuffer)
      if (!count) return
      left -= count
      events.onOutput(readBuffer.subarray(0, count))
    }
  }

  const releaseSlave = () => {
    if (slaveFd === undefined) return
    closeSync(slaveFd)
    slaveFd = undefined
  }

  const onRootDead = (code: number, signal: number) => {
    exited = true
    if (open) drain()
    events.onExit(code, signal)
    // From here the terminal hangs up as soon as no background child has it open any more.
    releaseSlave()
    if (open) awaitSilence()
    else events.onClosed()
  }

  const awaitSilence = () => {
    clearTimeout(silence)
    // While we do not read, silence says nothing about the children.
    if (exited && open && !paused) silence = setTimeout(() => stream.destroy(), BACKGROUND_SILENCE_MS)
  }

  const onHangup = () => {
    clearTimeout(silence)
    drain()
    open = false
    input.close()
    releaseSlave()
    closeSync(masterFd)
    if (exited) events.onClosed()
  }

  return {
    pid: terminal.pid,
    input,
    resize: (cols, rows) => {
      if (open) resizeTerminal(masterFd, cols, rows)
    },
    pause: () => {
      paused = true
      clearTimeout(silence)
      stream.pause()
    },
    resume: () => {
      paused = false
      awaitSilence()
      stream.resume()
    },
    foregroundGroup: () => (open ? foregroundGroup(masterFd) : undefined),
    abandon: () => {
      stream.destroy()
    },
  }
}
