import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** 0600, never through a planted link, and on disk before anything leads to it. */
const writeFresh = async (path: string, bytes: Uint8Array): Promise<string> => {
  const fresh = `${path}.new`
  // Left by a daemon that was killed in the middle; the holder of the daemon lock is the only writer.
  await rm(fresh, { force: true })
  const file = await open(fresh, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  return fresh
}

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Whenever the power goes, there is no file or the whole one. Rejects with EEXIST when something is there: rename would replace it, a hard link does not. */
export const createDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  const fresh = await writeFresh(path, bytes)
  try {
    await link(fresh, path)
  } finally {
    await rm(fresh, { force: true })
  }
  await syncDirectory(dirname(path))
}

/** Whenever the power goes, the name leads to the old content or to the new. */
export const replaceDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  await rename(await writeFresh(path, bytes), path)
  await syncDirectory(dirname(path))
}
