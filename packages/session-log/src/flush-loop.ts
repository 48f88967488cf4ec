export type FlushWork = {
  readonly flushBytes: number
  readonly flushDelayMs: number
  readonly waitingBytes: () => number
  /** Whether anything is left that another flush could bring to disk. */
  readonly hasWork: () => boolean
  /** One write of as much as waits and fits. Must not reject, and must leave less waiting than before. */
  readonly flushOnce: () => Promise<void>
}

/** One flush at a time: at once when there is enough for a good write, else after a short wait for more. */
export class FlushLoop {
  readonly #work: FlushWork
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(work: FlushWork) {
    this.#work = work
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** There is something to write. */
  request(): void {
    if (this.isRunning || this.#stopped) return
    if (this.#work.waitingBytes() >= this.#work.flushBytes) this.#start(this.#work.flushBytes)
    else this.#timer ??= setTimeout(() => this.#start(this.#work.flushBytes), this.#work.flushDelayMs)
  }

  /** Resolves when what waits now has been flushed. */
  async drain(): Promise<void> {
    // A run under way may stop early, with less than a good write left, so it does not do.
    while (this.isRunning) await this.#running
    if (this.#stopped) return
    this.#start(1)
    await this.#running
  }

  /** Starts nothing more, and resolves when what was running is done. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#running
  }

  #start(untilBelowBytes: number): void {
    this.#cancelTimer()
    this.#running = this.#run(untilBelowBytes)
  }

  async #run(untilBelowBytes: number): Promise<void> {
    do await this.#work.flushOnce()
    while (this.#work.waitingBytes() >= untilBelowBytes)
    this.#running = undefined
    if (this.#work.hasWork()) this.request()
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
