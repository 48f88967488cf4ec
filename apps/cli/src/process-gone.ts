import { readFile } from 'node:fs/promises'

/** Between two looks: nothing tells a process that another, which is no child of it, has ended. */
const LOOK_EVERY_MS = 20

/**
 * Resolves when the process has ended and let go of its locks. One that its parent has not collected yet (state Z, proc(5)) has: in a container nobody may ever
 * collect it.
 */
export const processGone = async (pid: number): Promise<void> => {
  while (await isThere(pid)) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}

const isThere = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: somebody else's by now, so ours is gone.
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return status.slice(status.lastIndexOf(')') + 2).charAt(0) !== 'Z'
}
