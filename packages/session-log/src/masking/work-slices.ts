/** Work in slices: between two of them the event loop serves everybody else. One process holds all sessions, and keys must not wait for a spawn. */
export interface WorkSlices {
  /** True when a slice is used up: then await `nextTurn`. */
  spend(work: number): boolean
  nextTurn(): Promise<void>
}

/** @param sliceWork about 3 ms of it, in whatever unit `spend` is given */
export const createWorkSlices = (sliceWork: number): WorkSlices => {
  let spent = 0
  return {
    spend: (work) => {
      spent += work
      if (spent < sliceWork) return false
      spent = 0
      return true
    },
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}
