export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The value below which the share `q` of them lies (nearest rank). */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]
  if (value === undefined) throw new Error('no values')
  return value
}
