/** Runs `work` when everything before it has ended; what fails is its caller's own affair. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

export const createInTurn = (): InTurn => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
