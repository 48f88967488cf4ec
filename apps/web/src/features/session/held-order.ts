import { type Accessor, createMemo, createSignal } from 'solid-js'
import type { SessionList } from './session-list.ts'
import { type ListFilter, type ListOrder, orderSessions } from './session-order.ts'

export interface HeldOrder {
  readonly order: Accessor<ListOrder>
  /** The pointer is over the rows, or one of them has the focus: they stay where they are. */
  hold(by: 'pointer' | 'focus', held: boolean): void
  /** Sorts once now: the person at the page asked for it, by an act of their own. */
  settle(): void
}

export const createHeldOrder = (list: SessionList, filter: Accessor<ListFilter>): HeldOrder => {
  const [pointer, setPointer] = createSignal(false)
  const [focus, setFocus] = createSignal(false)
  const [settled, setSettled] = createSignal(0)
  interface Step extends ListOrder {
    readonly filter: ListFilter
    readonly settled: number
  }
  const order = createMemo<Step>(
    (before) => {
      // Another filter is another list: it is sorted whatever the pointer does.
      const anew = before.filter !== filter() || before.settled !== settled() || before.ids.length === 0
      const held = !anew && (pointer() || focus())
      return {
        ...orderSessions(before.ids, { ...list.sessions }, { filter: filter(), held }),
        filter: filter(),
        settled: settled(),
      }
    },
    { ids: [], waiting: 0, filter: filter(), settled: 0 },
  )
  return {
    order,
    hold: (by, held) => (by === 'pointer' ? setPointer(held) : setFocus(held)),
    settle: () => setSettled((count) => count + 1),
  }
}
