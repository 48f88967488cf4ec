import { usageError } from './exit-code.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `10m`, `2h` (that long ago) or ISO 8601, as ISO 8601 UTC. Throws a usage error that names the flag. */
export const timeArgument = (flag: string, text: string, now: number): string => {
  const ago = /^(\d{1,9})([smhd])$/.exec(text)
  const at = ago === null ? Date.parse(text) : now - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0)
  const iso = ago !== null || /^\d{4}-\d{2}-\d{2}/.test(text)
  if (!iso || Number.isNaN(at) || Math.abs(at) > 8.64e15) {
    throw usageError(`${flag} ${text}: not a time`, 'write 10m, 2h, 3d or a time such as 2026-11-21T10:00:00Z')
  }
  return new Date(at).toISOString()
}

/** A whole number within bounds, from a flag or an argument. */
export const countArgument = (
  name: string,
  text: string,
  bounds: { readonly min: number; readonly max: number },
): number => {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw usageError(`${name} ${text}: not a whole number from ${bounds.min} to ${bounds.max}`)
  }
  return value
}
