import { type Accessor, createSignal, onCleanup } from 'solid-js'

const TICK_MS = 15_000

/** The time for "5 min ago", renewed while somebody can see it. Words on the page age; no data is fetched for it. */
export const createClock = (): Accessor<number> => {
  const [nowMs, setNowMs] = createSignal(Date.now())
  const tick = (): void => {
    if (document.visibilityState === 'visible') setNowMs(Date.now())
  }
  const timer = setInterval(tick, TICK_MS)
  document.addEventListener('visibilitychange', tick)
  onCleanup(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', tick)
  })
  return nowMs
}
