const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `just now`, `5 min ago`, `3 h ago`, `yesterday`, `4 days ago`, then the date. A clock that runs ahead reads as `just now`. */
export const relativeTime = (at: string, nowMs: number): string => {
  const thenMs = Date.parse(at)
  const agoMs = Math.max(0, nowMs - thenMs)
  if (agoMs < MINUTE_MS) return 'just now'
  if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min ago`
  if (agoMs < DAY_MS) return `${Math.floor(agoMs / HOUR_MS)} h ago`
  const days = Math.floor(agoMs / DAY_MS)
  if (days === 1) return 'yesterday'
  if (days < 7) return `${days} days ago`
  return new Date(thenMs).toISOString().slice(0, 10)
}

/** How long something ran: `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export const duration = (durationMs: number): string => {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return pair(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
