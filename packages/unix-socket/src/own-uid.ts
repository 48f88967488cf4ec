/** The uid this process acts under. Windows has none, and nothing of this package makes sense there. */
export const ownUid = (): number => {
  const uid = process.geteuid?.()
  if (uid === undefined) throw new Error('this platform has no user ids')
  return uid
}
