import { requireFreeSpace } from './disk-trouble.ts'
import type { SessionLogLimits } from './limits.ts'

/** Asks the volume about free space, seldom, and only while something is written: an idle session asks nothing. */
export class DiskGuard {
  readonly #directory: string
  readonly #limits: SessionLogLimits
  #lastCheckAt = Number.NEGATIVE_INFINITY
  #bytesSinceCheck = 0

  constructor(directory: string, limits: SessionLogLimits) {
    this.#directory = directory
    this.#limits = limits
  }

  wrote(bytes: number): void {
    this.#bytesSinceCheck += bytes
  }

  /** Whether the next write is to be preceded by a check. */
  isDue(now: number): boolean {
    const { freeCheckBytes, freeCheckIntervalMs } = this.#limits
    return this.#bytesSinceCheck >= freeCheckBytes || hasPassed(this.#lastCheckAt, now, freeCheckIntervalMs)
  }

  /** Rejects below the guard plus `marginBytes`, and when the directory is gone. */
  async check(now: number, marginBytes: number): Promise<void> {
    this.#lastCheckAt = now
    this.#bytesSinceCheck = 0
    await requireFreeSpace(this.#directory, this.#limits.minFreeBytes + marginBytes)
  }
}

/** Counts a clock that was set back as time passed, or one wrong minute would stop marks and checks for an hour. */
export function hasPassed(since: number, now: number, intervalMs: number): boolean {
  return Math.abs(now - since) >= intervalMs
}
