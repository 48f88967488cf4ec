const steps = [
  { ms: 86_400_000, unit: 'd' },
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'm' },
  { ms: 1_000, unit: 's' },
] as const

/** `3h ago`, `just now`. A clock that went back is `just now` as well. */
export const relativeTime = (iso: string, now: number): string => {
  const agoMs = now - Date.parse(iso)
  const step = steps.find(({ ms }) => agoMs >= ms)
  return step === undefined ? 'just now' : `${Math.floor(agoMs / step.ms)}${step.unit} ago`
}

/** `2026-11-22 14:05`, on the clock of the person who reads it. */
export const localTime = (iso: string): string => {
  const at = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

const sizes = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** `37 MB`, in powers of 1024. */
export const byteSize = (bytes: number): string => {
  const step = Math.min(sizes.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** step
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${sizes[step]}`
}
