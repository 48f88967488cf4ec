/** A keeper that lived this long was sound: its end is no reason to wait. */
const SOUND_LIFE_MS = 10_000
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 10_000

/**
 * How long to wait before the next keeper. The first death costs nothing, since people wait for their sessions; one that keeps dying (a broken install, a full process
 * table) must not take the machine with it.
 */
export const restartDelayMs = ({
  failed,
  livedMs,
  shortLives,
}: {
  failed: boolean
  livedMs: number
  shortLives: number
}) => {
  if (!failed && livedMs >= SOUND_LIFE_MS) return { delayMs: 0, shortLives: 0 }
  const delayMs = shortLives === 0 && !failed ? 0 : Math.min(FIRST_DELAY_MS * 2 ** shortLives, MAX_DELAY_MS)
  return { delayMs, shortLives: shortLives + 1 }
}
