/** ISO/IEC 18004: readers want four modules of white around the code. */
export const QUIET_MODULES = 4

/** The dark modules as one SVG path, a rectangle for every run of a row; a module is one unit, the quiet zone included in the coordinates. */
export const qrPath = (modules: readonly (readonly boolean[])[]): string => {
  const runs: string[] = []
  for (const [y, row] of modules.entries()) {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue
      const start = x
      while (row[x + 1]) x += 1
      const length = x + 1 - start
      runs.push(`M${start + QUIET_MODULES} ${y + QUIET_MODULES}h${length}v1h-${length}z`)
    }
  }
  return runs.join('')
}
