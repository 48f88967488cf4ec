import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { type CompactionOptions, compactRecords } from './compact-index.ts'
import { encodeRecord, type IndexRecord, parseRecords, RECORD_BYTES } from './index-record.ts'
import { FILE_MODE, indexDraftPath, indexPath } from './layout.ts'

/**
 * The write side of the index: records wait in memory until `flush`, which keeps them when the disk refuses, so the next
 * flush after a `reopen` writes them again, whole.
 */
export class IndexFile {
  readonly #directory: string
  #handle: FileHandle | undefined
  #records = 0
  #waiting: IndexRecord[] = []

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Records in the file and on their way there. */
  get recordCount(): number {
    return this.#records + this.#waiting.length
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  add(record: IndexRecord): void {
    const last = this.#waiting.at(-1)
    // A window that is dragged while nothing is printed would otherwise write a record per pixel.
    if (record.type === 'size' && last?.type === 'size' && last.offset === record.offset) this.#waiting.pop()
    this.#waiting.push(record)
  }

  /** Opens or creates the file, and cuts off what is less than a record: an append that did not come to its end. */
  async reopen(): Promise<void> {
    await this.close()
    const handle = await open(indexPath(this.#directory), 'a', FILE_MODE)
    const { size } = await handle.stat()
    this.#records = Math.floor(size / RECORD_BYTES)
    if (size % RECORD_BYTES !== 0) await handle.truncate(this.#records * RECORD_BYTES)
    this.#handle = handle
  }

  /** Rejects when the disk refuses; call `reopen` before the next flush then. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    if (this.#handle === undefined) await this.reopen()
    const batch = this.#waiting
    this.#waiting = []
    let whole = 0
    try {
      const bytes = Buffer.concat(batch.map(encodeRecord))
      const { bytesWritten } = (await this.#handle?.write(bytes)) ?? { bytesWritten: 0 }
      whole = Math.floor(bytesWritten / RECORD_BYTES)
    } finally {
      this.#records += whole
      this.#waiting = [...batch.slice(whole), ...this.#waiting]
    }
    if (whole < batch.length) {
      // Part of a record on a full disk. Reopening cuts it off; writing the rest says why it stopped.
      await this.reopen()
      await this.flush()
    }
  }

  /** Rewrites the file without what `options` makes superfluous. Readers see the old file or the new one, never a part. */
  async compact(options: CompactionOptions): Promise<void> {
    await this.flush()
    const { records } = parseRecords(await readFile(indexPath(this.#directory)))
    await replaceIndex(this.#directory, compactRecords(records, options))
    await this.reopen()
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}

/** Rejects when the disk refuses; the index is the old one then. */
export async function replaceIndex(directory: string, records: readonly IndexRecord[]): Promise<void> {
  const draft = indexDraftPath(directory)
  try {
    await writeFile(draft, Buffer.concat(records.map(encodeRecord)), { mode: FILE_MODE })
    await rename(draft, indexPath(directory))
  } catch (error) {
    // On a full disk half a draft would only take space from what is recorded.
    await rm(draft, { force: true })
    throw error
  }
}
