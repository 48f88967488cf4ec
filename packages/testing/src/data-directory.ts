import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory of its own for one test, 0700 like a real data dir; `await using` removes it. The path is short: it may hold a Unix socket. */
export interface DataDirectory extends AsyncDisposable {
  readonly path: string
}

export const makeDataDirectory = async (): Promise<DataDirectory> => {
  const path = await mkdtemp(join(tmpdir(), 'sp-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
