/** `max` attempts in any stretch of `windowMs`, wherever it begins: a bucket that refills would let nearly twice as many through. */
export interface AttemptRule {
  readonly max: number
  readonly windowMs: number
}

/** When the attempts that still count were made, oldest first. At most `max` of them. */
export type Attempts = readonly number[]

/**
 * What still counts. A clock that was set back puts attempts into the future: they count as made just now, so it neither opens a window nor closes one
 * for longer than `windowMs`.
 */
export const stillCounting = (attempts: Attempts, rule: AttemptRule, now: number): Attempts => {
  const first = attempts.findIndex((at) => at > now - rule.windowMs)
  const kept = first === 0 ? attempts : first === -1 ? [] : attempts.slice(first)
  const last = kept.at(-1)
  return last === undefined || last <= now ? kept : kept.map((at) => Math.min(at, now))
}

/** 0: one more may be made now. `attempts` as `stillCounting` returned them. */
export const waitMs = (attempts: Attempts, rule: AttemptRule, now: number): number => {
  if (attempts.length < rule.max) return 0
  const blocking = attempts[attempts.length - rule.max]
  // A rule of 0 lets nothing through, ever: the longest honest answer is a window.
  return blocking === undefined ? rule.windowMs : blocking + rule.windowMs - now
}

/** Without the one of that time, where it still counts. What is not found is not given back: a clock that moved must not open a window. */
export const givenBack = (attempts: Attempts, at: number): Attempts => {
  const index = attempts.lastIndexOf(at)
  return index === -1 ? attempts : attempts.toSpliced(index, 1)
}
