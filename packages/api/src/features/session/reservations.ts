import { isLive } from '@sallyport/contract/session-state'
import { AppError } from '../../errors.ts'
import { uniqueName } from './session-name.ts'
import type { SessionEntry } from './session-record.ts'

/** What was asked for: this name, or one made from the program's. */
export type NameWish = { readonly exactly: string } | { readonly like: string }

/**
 * Names and places of sessions that are on their way into the list. Taken synchronously, so of two that start at once with one name, one is refused, and of
 * 300 exactly as many start as there are places.
 */
export interface Reservations {
  /** @throws AppError `conflict` when the name is taken, `at_capacity` when all places are */
  session(wish: NameWish): Reservation
  /** For a session that has its place already. @throws AppError `conflict` */
  name(name: string): Reservation
}

export interface Reservation {
  readonly name: string
  /** Once, when the list has it, or never will. */
  release(): void
}

export const createReservations = (entries: ReadonlyMap<string, SessionEntry>, maxLive: number): Reservations => {
  const names = new Set<string>()
  let places = 0

  const live = (): SessionEntry[] => [...entries.values()].filter(({ state }) => isLive(state))

  const take = (wish: NameWish, isTaken: (name: string) => boolean): string => {
    if ('like' in wish) return uniqueName(wish.like, isTaken)
    if (!isTaken(wish.exactly)) return wish.exactly
    throw new AppError('conflict', `A session named ${wish.exactly} is running already.`)
  }

  const reserve = (name: string, place: 0 | 1): Reservation => {
    names.add(name)
    places += place
    return {
      name,
      release: () => {
        names.delete(name)
        places -= place
      },
    }
  }

  const takenAmong = (sessions: readonly SessionEntry[]) => {
    const taken = new Set(sessions.map(({ name }) => name))
    return (name: string) => taken.has(name) || names.has(name)
  }

  return {
    session: (wish) => {
      const running = live()
      if (running.length + places >= maxLive) {
        throw new AppError('at_capacity', `${maxLive} sessions are running, which is the limit. End one of them first.`)
      }
      return reserve(take(wish, takenAmong(running)), 1)
    },
    name: (name) => reserve(take({ exactly: name }, takenAmong(live())), 0),
  }
}
