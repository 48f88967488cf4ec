/** `0 B`, `999 B`, `1.2 KB`, `37 MB`: decimal units, as disks count. */
export const byteSize = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 'B'
  for (const next of units) {
    // 999.5 would be printed as 1000.
    if (value < 999.5) break
    value /= 1000
    unit = next
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`
}
