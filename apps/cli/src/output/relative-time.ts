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

const sizes = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** `37 MB`, in powers of 1024. */
export const byteSize = (bytes: number): string => {
  const step = Math.min(sizes.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** step
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${sizes[step]}`
}
