import { open } from 'node:fs/promises'
import { parseRecords } from './index-record.ts'
import { indexPath } from './layout.ts'
import { LogIndex } from './log-index.ts'

/** The read side of the index: follows a file that grows, and starts over when a compacted one took its place. */
export class IndexReader {
  readonly #directory: string
  #inode: bigint | undefined
  #position = 0
  #current = new LogIndex()
  #droppedRecords = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  get index(): LogIndex {
    return this.#current
  }

  get droppedRecords(): number {
    return this.#droppedRecords
  }

  /** A missing file leaves what is known. An unfinished last record is left for the next time. */
  async refresh(): Promise<void> {
    const handle = await openIfThere(indexPath(this.#directory))
    if (handle === undefined) return
    try {
      const { ino, size } = await handle.stat({ bigint: true })
      if (ino !== this.#inode || size < this.#position) this.#startOver(ino)
      const bytes = Buffer.alloc(Number(size) - this.#position)
      if (bytes.length === 0) return
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, this.#position)
      const { records, droppedRecords, consumedBytes } = parseRecords(bytes.subarray(0, bytesRead))
      for (const record of records) this.#current.add(record)
      this.#position += consumedBytes
      this.#droppedRecords += droppedRecords
    } finally {
      await handle.close()
    }
  }

  #startOver(inode: bigint): void {
    this.#inode = inode
    this.#position = 0
    this.#current = new LogIndex()
    this.#droppedRecords = 0
  }
}

async function openIfThere(path: string) {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
