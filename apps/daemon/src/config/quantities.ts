const durationUnitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const sizeUnitsBytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const

const parse = (text: string, units: Readonly<Record<string, number>>): number | undefined => {
  const [, digits, unit] = /^(\d{1,15})\s?([A-Za-z]{1,3})$/.exec(text.trim()) ?? []
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit]
  if (digits === undefined || factor === undefined) return undefined
  const product = Number(digits) * factor
  return Number.isSafeInteger(product) ? product : undefined
}

const format = (value: number, units: Readonly<Record<string, number>>): string => {
  const [unit, factor] = Object.entries(units).findLast(([, size]) => value > 0 && value % size === 0) ?? []
  return unit === undefined || factor === undefined ? `0${Object.keys(units)[0]}` : `${value / factor}${unit}`
}

/** `7d`, `15m`, `90s`, `500ms` in ms; undefined for anything else, a bare number included: seconds and minutes are too easily mixed up. */
export const parseDurationMs = (text: string): number | undefined => parse(text, durationUnitsMs)
export const formatDurationMs = (durationMs: number): string => format(durationMs, durationUnitsMs)

/** `256MiB`, `10GiB`, `0B` in bytes. Binary units only: `MB` means two things to two people. */
export const parseSizeBytes = (text: string): number | undefined => parse(text, sizeUnitsBytes)
export const formatSizeBytes = (bytes: number): string => format(bytes, sizeUnitsBytes)
