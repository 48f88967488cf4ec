/** A map of at most `max` entries. The half of them that was used last is always there; what lies longer is forgotten. Reading is using. */
export interface BoundedMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  readonly size: number
}

/**
 * Strangers choose addresses and names, so whatever is kept per address or name is kept in one of these. Two generations: a full young one becomes the old one,
 * and what is used in the old one moves on. Moving an entry to the end of one Map at each use would be exact, but costs 40 µs for a key that is used much: V8
 * leaves every removed entry in its hash chain.
 */
export const createBoundedMap = <V>(max: number): BoundedMap<V> => {
  let young = new Map<string, V>()
  let old = new Map<string, V>()

  const set = (key: string, value: V): void => {
    if (!young.has(key) && young.size >= Math.ceil(max / 2)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
    old.delete(key)
  }

  return {
    get: (key) => {
      const value = old.get(key)
      if (value === undefined) return young.get(key)
      set(key, value)
      return value
    },
    set,
    delete: (key) => {
      young.delete(key)
      old.delete(key)
    },
    get size() {
      return young.size + old.size
    },
  }
}
