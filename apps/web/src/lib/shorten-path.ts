/** `/home/ann/work/api/src` → `…/api/src`: the end of a path says where it is. Whole when it is at most `maxLength` long. */
export const shortenPath = (path: string, maxLength = 32): string => {
  if (path.length <= maxLength) return path
  const parts = path.split('/').filter((part) => part !== '')
  let short = parts.pop() ?? path
  while (parts.length > 0) {
    const longer = `${parts.at(-1)}/${short}`
    if (longer.length + 2 > maxLength) break
    short = longer
    parts.pop()
  }
  return `…/${short}`
}
