import { type Attempts, givenBack, stillCounting, waitMs } from '@sallyport/api/limits/attempt-window'

/** The file itself can be copied and guessed at without us: this keeps whoever reaches only the socket from doing it here, at 64 MiB a guess. */
const RULE = { max: 5, windowMs: 5 * 60_000 } as const

export interface UnlockAttempts {
  /** Counts one guess, before it is made. ms to wait when there were too many: then nothing is counted. */
  begin(): number
  /** The last one was right. */
  succeeded(): void
}

export const createUnlockAttempts = (now: () => number): UnlockAttempts => {
  let attempts: Attempts = []
  return {
    begin: () => {
      attempts = stillCounting(attempts, RULE, now())
      const wait = waitMs(attempts, RULE, now())
      if (wait === 0) attempts = [...attempts, now()]
      return wait
    },
    succeeded: () => {
      attempts = givenBack(attempts, attempts.at(-1) ?? 0)
    },
  }
}
