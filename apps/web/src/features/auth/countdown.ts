import { type Accessor, createSignal, onCleanup } from 'solid-js'

const SECOND_MS = 1000

export interface Countdown {
  /** Whole seconds until it is over, 0 when nothing is counted. */
  readonly left: Accessor<number>
  readonly start: (seconds: number) => void
}

/** Counts by the clock, not by its own ticks: a phone that slept is not late. */
export const createCountdown = (): Countdown => {
  const [left, setLeft] = createSignal(0)
  let untilMs = 0
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = (): void => {
    setLeft(Math.max(0, Math.ceil((untilMs - Date.now()) / SECOND_MS)))
    if (left() === 0) clearInterval(timer)
  }
  onCleanup(() => clearInterval(timer))
  return {
    left,
    start: (seconds) => {
      clearInterval(timer)
      untilMs = Date.now() + seconds * SECOND_MS
      timer = setInterval(tick, SECOND_MS)
      tick()
    },
  }
}
