import type { OutputEvent } from '@sallyport/contract/output'
import { type AnswerEpochs, createAnswerEpochs } from './answer-epochs.ts'

export interface TerminalSize {
  readonly cols: number
  readonly rows: number
}

export type SizeEvent = Extract<OutputEvent, { kind: 'size' }>

/** One attached terminal of a client. */
export interface Viewer {
  readonly id: string
  readonly connectionId: string
  readonly readOnly: boolean
  /** What it can show; undefined until it says so. */
  size: TerminalSize | undefined
  /** Bytes at and after this offset wait: whether this viewer answers for them is being decided. Infinity when nothing is. */
  holdAt: number
  /** Size events for this viewer, each due when its stream has reached `at`. */
  readonly events: { at: number; event: SizeEvent }[]
  /** The stream has something new to do. */
  wake(): void
}

/** A viewer this far behind in size events gets the newest only; the size of long ago draws nothing that is still to be seen. */
const MAX_WAITING_EVENTS = 64

const noop = () => undefined

interface TerminalDependencies {
  /** The size that the program sees right now. */
  size(): TerminalSize
  /** Offset after the last byte that we know of. */
  end(): number
  resize(size: TerminalSize): Promise<void>
  answerQueries(by: 'keeper' | 'viewer'): Promise<number>
  /** What goes wrong in the background, where nobody waits for an answer. */
  onTrouble(error: unknown): void
}

/**
 * The terminal of one session as its viewers share it (SPEC S5, O10). One viewer owns the size and answers terminal queries: the one that last typed or
 * took control. With no owner the size stays and the keeper answers. Changes at the keeper happen one after the other, in the order of the wishes.
 */
export class Terminal {
  readonly #deps: TerminalDependencies
  readonly #viewers = new Map<string, Viewer>()
  readonly #epochs: AnswerEpochs = createAnswerEpochs()
  #owner: Viewer | undefined
  #answeredBy: 'keeper' | 'viewer' = 'keeper'
  #work: Promise<void> = Promise.resolve()

  constructor(deps: TerminalDependencies) {
    this.#deps = deps
  }

  get viewerCount(): number {
    return this.#viewers.size
  }

  /** The viewer sees the present size at the start of its stream; the first that may own the size does. */
  join(viewer: Viewer, startOffset: number): void {
    this.#viewers.set(viewer.id, viewer)
    viewer.events.push({ at: startOffset, event: this.#sizeFor(viewer) })
    if (this.#owner === undefined && !viewer.readOnly && viewer.size !== undefined) this.#background(this.own(viewer))
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer.id)
    if (this.#owner !== viewer) return
    this.#owner = undefined
    this.#background(this.#enqueue(() => this.#handOver()))
  }

  /** Resolves when nothing is under way at the keeper. */
  settled(): Promise<void> {
    return this.#work
  }

  /** Makes it the owner. Resolves when its size is the terminal's; rejects when the keeper cannot. */
  own(viewer: Viewer): Promise<void> {
    if (this.#owner === viewer || viewer.readOnly) return this.#work
    this.#owner = viewer
    // Between two viewers the daemon itself knows the border: the old owner has been shown nothing beyond the end.
    if (this.#answeredBy === 'viewer') this.#beginEpoch(this.#deps.end(), viewer)
    else viewer.holdAt = this.#deps.end()
    return this.#enqueue(async () => {
      await this.#handOver()
      if (this.#owner === viewer && viewer.size !== undefined) await this.#apply(viewer.size)
    })
  }

  /** For a keystroke, which does not wait for the size to change. */
  ownInBackground(viewer: Viewer): void {
    if (this.#owner !== viewer) this.#background(this.own(viewer))
  }

  /** A viewer's window changed. It counts while that viewer is the owner. */
  async resizeViewer(viewer: Viewer, size: TerminalSize): Promise<void> {
    viewer.size = size
    if (viewer.readOnly) return
    if (this.#owner === undefined) await this.own(viewer)
    else if (this.#owner === viewer) await this.#enqueue(() => this.#apply(size))
  }

  /** Whoever owns it. */
  resize(size: TerminalSize): Promise<void> {
    return this.#enqueue(() => this.#apply(size))
  }

  mayAnswer(viewer: Viewer, offset: number): boolean {
    return this.#epochs.belongsTo(viewer.id, offset)
  }

  /** The connection to the keeper was new: it has begun to answer queries by itself (keeper router, `answerQueries`). */
  keeperAnswers(): void {
    if (this.#answeredBy === 'viewer') {
      this.#answeredBy = 'keeper'
      this.#beginEpoch(this.#deps.end(), null)
    }
    if (this.#owner !== undefined) this.#background(this.#enqueue(() => this.#handOver()))
  }

  /** Brings the keeper to what is wanted now; wishes that were overtaken meanwhile cost nothing. */
  async #handOver(): Promise<void> {
    const owner = this.#owner
    const wanted = owner === undefined ? 'keeper' : 'viewer'
    if (wanted === this.#answeredBy) return
    // Bytes after the switch must not reach the new owner before it knows that it answers for them.
    if (owner !== undefined) owner.holdAt = Math.min(owner.holdAt, this.#deps.end())
    try {
      const from = await this.#deps.answerQueries(wanted)
      this.#answeredBy = wanted
      this.#beginEpoch(from, wanted === 'viewer' ? (this.#owner ?? null) : null)
    } finally {
      for (const viewer of this.#viewers.values()) {
        viewer.holdAt = Number.POSITIVE_INFINITY
        viewer.wake()
      }
    }
  }

  async #apply(size: TerminalSize): Promise<void> {
    const now = this.#deps.size()
    if (now.cols === size.cols && now.rows === size.rows) return
    await this.#deps.resize(size)
    this.#broadcast(this.#deps.end())
  }

  #beginEpoch(from: number, owner: Viewer | null): void {
    this.#broadcast(this.#epochs.begin(from, owner?.id ?? null))
  }

  #broadcast(at: number): void {
    for (const viewer of this.#viewers.values()) {
      const last = viewer.events.at(-1)
      // Two at one place are one: nothing is drawn between them.
      if (last !== undefined && last.at >= at) viewer.events.pop()
      viewer.events.push({ at: Math.max(at, last?.at ?? 0), event: this.#sizeFor(viewer) })
      if (viewer.events.length > MAX_WAITING_EVENTS) viewer.events.shift()
      viewer.wake()
    }
  }

  #sizeFor(viewer: Viewer): SizeEvent {
    const { cols, rows } = this.#deps.size()
    const answersFrom = this.#owner === viewer ? this.#epochs.since(viewer.id) : null
    return { kind: 'size', cols, rows, owner: this.#owner?.id ?? null, answersFrom }
  }

  /** One after the other; the failure of one is its caller's and does not stop the next. */
  #enqueue(act: () => Promise<void>): Promise<void> {
    const done = this.#work.then(act)
    this.#work = done.then(noop, noop)
    return done
  }

  #background(done: Promise<void>): void {
    done.catch((error: unknown) => this.#deps.onTrouble(error))
  }
}
