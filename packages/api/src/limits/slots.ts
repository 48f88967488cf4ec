/** A bounded number of things at the same time, in all and per owner (SPEC O3). */
export interface Slots {
  /** Takes one slot, or says which bound is reached. `release` frees it once, however often it is called. */
  take(owner: string | null): { readonly release: () => void } | { readonly full: 'all' | 'owner' }
  readonly used: number
}

/** `owner: null` counts against `max` only: the Unix socket (O3). */
export const createSlots = (max: number, maxPerOwner: number | ((owner: string) => number)): Slots => {
  const maxOf = (owner: string): number => (typeof maxPerOwner === 'number' ? maxPerOwner : maxPerOwner(owner))
  let used = 0
  const perOwner = new Map<string, number>()

  return {
    get used() {
      return used
    },
    take: (owner) => {
      if (used >= max) return { full: 'all' }
      const owned = owner === null ? 0 : (perOwner.get(owner) ?? 0)
      if (owner !== null && owned >= maxOf(owner)) return { full: 'owner' }
      used += 1
      if (owner !== null) perOwner.set(owner, owned + 1)

      let released = false
      return {
        release: () => {
          if (released) return
          released = true
          used -= 1
          if (owner === null) return
          const left = (perOwner.get(owner) ?? 1) - 1
          if (left === 0) perOwner.delete(owner)
          else perOwner.set(owner, left)
        },
      }
    },
  }
}
