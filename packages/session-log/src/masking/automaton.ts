/**
 * The tables of an Aho-Corasick automaton (CACM 18, 1975), laid out so that a node costs 7 bytes: forms are inserted in byte order, so the nodes that
 * one form adds are a chain of successive numbers, the first child of a node is the next number, and only where chains part is there more to store.
 */
import { createBranchTable } from './branch-table.ts'
import { createWorkSlices } from './work-slices.ts'

/** In a link: the next number is a child. */
const CHILD = 1
/** In a link: it has children besides, in the table of branches. */
const BRANCH = 2
/** In a link: at most two bytes deep. */
const SHALLOW = 4
/** A link is the node of the longest suffix that is a node, above these flags. */
const LINK_SHIFT = 3

const FORM_MIN_BYTES = 3
/** `accept` has 16 bits, and 0 is none. */
const FORMS_MAX = 0xffff
/** Some 3 ms. */
const SLICE_NODES = 12 * 1024

/** Node 0 is the root: nothing of any form. */
export interface Automaton {
  /** From a node by a byte. */
  step(node: number, byte: number): number
  /** 1 + the index of the longest form that ends at each node; 0: none. */
  readonly accept: Uint16Array
  /** At most two bytes deep. */
  isShallow(node: number): boolean
  /** How many of the last bytes may be the beginning of a form: the depth of the nearest node, by links, from which one goes on. */
  pendingBytes(node: number): number
  wipe(): void
}

/** What a form adds: the nodes from `starts[i]` up to `starts[i + 1]`, of which the first hangs `shared[i]` deep on the way to the form before. */
interface Chains {
  readonly starts: Uint32Array
  readonly shared: Uint32Array
  readonly nodes: number
  readonly longest: number
}

const sharedPrefix = (a: Uint8Array, b: Uint8Array): number => {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

const layOut = (forms: readonly Uint8Array[]): Chains => {
  if (forms.length > FORMS_MAX) throw new RangeError(`at most ${FORMS_MAX} forms can be looked for`)
  const starts = new Uint32Array(forms.length + 1)
  const shared = new Uint32Array(forms.length)
  let nodes = 1
  let longest = 0
  for (const [index, form] of forms.entries()) {
    const before = forms[index - 1] ?? new Uint8Array(0)
    if (form.length < FORM_MIN_BYTES || Buffer.compare(before, form) >= 0)
      throw new RangeError(`forms have ${FORM_MIN_BYTES} bytes or more and come in byte order, each once`)
    const prefix = sharedPrefix(before, form)
    starts[index] = nodes
    shared[index] = prefix
    nodes += form.length - prefix
    longest = Math.max(longest, form.length)
  }
  starts[forms.length] = nodes
  return { starts, shared, nodes, longest }
}

/** The chains that reach a depth, from the root downwards, each by its index: links need those that are less deep. */
function* levels({
  starts,
  shared,
}: Chains): Generator<{ readonly depth: number; readonly chains: readonly number[] }> {
  const waiting = Array.from(shared.keys()).sort((a, b) => (shared[a] as number) - (shared[b] as number))
  const lengthOf = (index: number) => (starts[index + 1] as number) - (starts[index] as number)
  let chains: number[] = []
  let joined = 0
  for (let depth = 0; joined < waiting.length || chains.length > 0; depth += 1) {
    const level = depth
    const going = chains.filter((index) => level - (shared[index] as number) < lengthOf(index))
    if (going.length < chains.length) chains = going
    for (; joined < waiting.length && shared[waiting[joined] as number] === depth; joined += 1)
      chains.push(waiting[joined] as number)
    yield { depth, chains }
  }
}

/**
 * @param forms in byte order, each once, of three bytes or more, at most 65 535; not needed any more afterwards
 * @throws RangeError
 */
export const buildAutomaton = async (forms: readonly Uint8Array[]): Promise<Automaton> => {
  const layout = layOut(forms)
  const { starts, shared, nodes } = layout
  const labels = new Uint8Array(nodes)
  const links = new Int32Array(nodes)
  const accept = new Uint16Array(nodes)
  const roots = new Uint32Array(256)
  const branches = createBranchTable(forms.length)
  const slices = createWorkSlices(SLICE_NODES)
  links[0] = SHALLOW

  const childOf = (node: number, byte: number): number => {
    if (node === 0) return roots[byte] as number
    const link = links[node] as number
    if ((link & CHILD) !== 0 && labels[node + 1] === byte) return node + 1
    return (link & BRANCH) === 0 ? 0 : branches.find(node, byte)
  }

  const step = (from: number, byte: number): number => {
    let node = from
    let child = childOf(node, byte)
    while (child === 0 && node !== 0) {
      node = (links[node] as number) >>> LINK_SHIFT
      child = childOf(node, byte)
    }
    return child
  }

  /** The way to the form before, by depth. */
  const path = new Uint32Array(layout.longest + 1)
  const parents = new Uint32Array(forms.length)

  const hang = (start: number, parent: number, byte: number) => {
    if (parent === 0) roots[byte] = start
    else if (parent + 1 === start) links[parent] = (links[parent] as number) | CHILD
    else {
      links[parent] = (links[parent] as number) | BRANCH
      branches.add(parent, byte, start)
    }
  }

  const insert = (index: number, form: Uint8Array) => {
    const start = starts[index] as number
    const depth = shared[index] as number
    const parent = path[depth] as number
    parents[index] = parent
    hang(start, parent, form[depth] as number)
    for (let at = depth; at < form.length; at += 1) {
      const node = start + at - depth
      labels[node] = form[at] as number
      links[node] = (at + 1 < form.length ? CHILD : 0) | (at < 2 ? SHALLOW : 0)
      path[at + 1] = node
    }
    accept[path[form.length] as number] = index + 1
  }

  const link = (node: number, parent: number) => {
    if (parent === 0) return
    const suffix = step((links[parent] as number) >>> LINK_SHIFT, labels[node] as number)
    links[node] = (links[node] as number) | (suffix << LINK_SHIFT)
    if (accept[node] === 0) accept[node] = accept[suffix] as number
  }

  for (const [index, form] of forms.entries()) {
    insert(index, form)
    if (slices.spend(form.length)) await slices.nextTurn()
  }
  for (const { depth, chains } of levels(layout)) {
    for (const index of chains) {
      const start = starts[index] as number
      const node = start + depth - (shared[index] as number)
      link(node, node === start ? (parents[index] as number) : node - 1)
    }
    if (slices.spend(chains.length + 1)) await slices.nextTurn()
  }

  const depthOf = (node: number): number => {
    if (node === 0) return 0
    let low = 0
    let high = forms.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((starts[middle] as number) <= node) low = middle
      else high = middle - 1
    }
    return node - (starts[low] as number) + (shared[low] as number) + 1
  }

  return {
    step,
    accept,
    isShallow: (node) => ((links[node] as number) & SHALLOW) !== 0,
    pendingBytes: (from) => {
      let node = from
      // Whatever has children has its first one next to it.
      while (node !== 0 && ((links[node] as number) & CHILD) === 0) node = (links[node] as number) >>> LINK_SHIFT
      return depthOf(node)
    },
    wipe: () => {
      for (const table of [labels, links, accept, roots]) table.fill(0)
      links[0] = SHALLOW
      branches.wipe()
    },
  }
}
