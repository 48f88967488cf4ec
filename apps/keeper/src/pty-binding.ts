import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setCloseOnExec } from './native.ts'

/**
 * The native half of node-pty, without its JavaScript: that one destroys the stream 200 ms after the exit, whatever is
 * still unread, and hides the descriptor. This is the only file that knows the binding's calls.
 *
 * The platform package is a dependency of @lydell/node-pty, so it is resolved from there: under pnpm nobody else sees it.
 */
interface Binding {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string }
  resize(fd: number, cols: number, rows: number): void
}

const platformPackage = `@lydell/node-pty-${process.platform}-${process.arch}`
const ownRequire = createRequire(import.meta.url)
const nodePtyRequire = createRequire(realpathSync(ownRequire.resolve('@lydell/node-pty')))
const binding = nodePtyRequire(`${platformPackage}/pty.node`) as Binding
const spawnHelperPath = process.platform === 'darwin' ? nodePtyRequire.resolve(`${platformPackage}/spawn-helper`) : ''

const keepIds = -1

export interface ForkRequest {
  readonly file: string
  readonly args: readonly string[]
  /** Exactly this: nothing of ours is added. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly cols: number
  readonly rows: number
  /** File mode creation mask of the program. Ours is 077, which would make every file that a user creates private. */
  readonly umask: number
}

export interface ForkedTerminal {
  readonly pid: number
  /** Non-blocking, closed at exec. */
  readonly masterFd: number
  readonly slavePath: string
}

/**
 * Starts a program as the leader of a new session with a new terminal. Signal mask and dispositions are the defaults.
 * `onExit` comes on the event loop, once: the exit code, or the number of the signal (else 0).
 * @throws Error when the system has no process or terminal left. A program that cannot be executed is no error here: the
 * child says why on the terminal and exits with 1.
 */
export const forkTerminal = (request: ForkRequest, onExit: (code: number, signal: number) => void): ForkedTerminal => {
  const env = Object.entries(request.env).map(([name, value]) => `${name}=${value}`)
  // The mask belongs to the process, so other threads see this one for a moment; the logs name their modes themselves.
  const ownUmask = process.umask(request.umask)
  let forked: ReturnType<Binding['fork']>
  try {
    forked = binding.fork(
      request.file,
      request.args,
      env,
      request.cwd,
      request.cols,
      request.rows,
      keepIds,
      keepIds,
      true,
      spawnHelperPath,
      onExit,
    )
  } finally {
    process.umask(ownUmask)
  }
  const { fd, pid, pty } = forked
  // The binding leaves it open at exec: the next session's program would hold this session's terminal.
  setCloseOnExec(fd)
  return { pid, masterFd: fd, slavePath: pty }
}

/** Sets the size; the foreground group gets SIGWINCH. */
export const resizeTerminal = (masterFd: number, cols: number, rows: number): void =>
  binding.resize(masterFd, cols, rows)
