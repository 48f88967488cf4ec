import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { Log } from '../../../api-dependencies.ts'

/**
 * Pages in the data dir that send a browser on to a launch URL. A URL on a command line (`xdg-open <url>`, and the browser's own) is in /proc/<pid>/cmdline, which
 * every local user reads and could redeem first; a path there tells nobody anything.
 */
export interface LaunchFiles {
  /** 0600, gone after `lifetimeMs` or when `remove` is called. */
  write(url: string, lifetimeMs: number): Promise<{ readonly path: string; readonly remove: () => void }>
  /** Removes what is left. */
  close(): void
}

export const createLaunchFiles = (deps: {
  readonly directory: string
  readonly random: RandomBytes
  readonly log: Log
}): LaunchFiles => {
  const timers = new Map<string, NodeJS.Timeout>()

  const remove = (path: string): void => {
    clearTimeout(timers.get(path))
    if (!timers.delete(path)) return
    try {
      rmSync(path, { force: true })
    } catch (error) {
      // A data dir that became read-only. Called by a timer, where a throw would end the daemon; the ticket in the page is dead anyway.
      deps.log.warn('the page of a launch link could not be removed', { path, error })
    }
  }

  return {
    write: async (url, lifetimeMs) => {
      const path = join(deps.directory, `open-${Buffer.from(deps.random(8)).toString('hex')}.html`)
      await writeFile(path, page(url), { flag: 'wx', mode: 0o600 })
      timers.set(path, setTimeout(() => remove(path), lifetimeMs).unref())
      return { path, remove: () => remove(path) }
    },
    close: () => {
      for (const path of [...timers.keys()]) remove(path)
    },
  }
}

/** `url` is ours: scheme, host, port, path and base64url. No script: a file has no policy that would allow one. */
const page = (url: string): string =>
  `<!doctype html><meta charset="utf-8"><title>Sallyport</title><meta name="referrer" content="no-referrer">` +
  `<meta http-equiv="refresh" content="0;url=${url}"><p><a href="${url}">Open Sallyport</a></p>\n`
