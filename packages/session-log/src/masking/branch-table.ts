/** (node, byte) → child, for the few nodes of an automaton with several children. Open addressing, at most half full. */
export interface BranchTable {
  /** 0: no such child. */
  find(node: number, byte: number): number
  /** A pair that is not there yet. */
  add(node: number, byte: number, child: number): void
  wipe(): void
}

export const createBranchTable = (maxEntries: number): BranchTable => {
  const size = 2 ** Math.ceil(Math.log2(2 * maxEntries + 2))
  const nodes = new Uint32Array(size)
  const bytes = new Uint8Array(size)
  const children = new Uint32Array(size)

  const slotOf = (node: number, byte: number): number => {
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(byte, 0x85ebca6b)) >>> 7
    for (slot &= size - 1; children[slot] !== 0; slot = (slot + 1) & (size - 1))
      if (nodes[slot] === node && bytes[slot] === byte) break
    return slot
  }

  return {
    find: (node, byte) => children[slotOf(node, byte)] as number,
    add: (node, byte, child) => {
      const slot = slotOf(node, byte)
      nodes[slot] = node
      bytes[slot] = byte
      children[slot] = child
    },
    wipe: () => {
      for (const table of [nodes, bytes, children]) table.fill(0)
    },
  }
}
