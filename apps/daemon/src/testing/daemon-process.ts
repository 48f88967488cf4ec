import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { cborCodec } from '@sallyport/contract/codec'
import { connectWebSocket } from '@sallyport/unix-socket/connect'

export interface Ready {
  readonly ok: boolean
  readonly pid?: number
  readonly url?: string | null
  readonly mode?: string
  readonly isFirstRun?: boolean
  readonly error?: string
}

export interface DaemonProcess {
  readonly child: ChildProcess
  /** What came over --ready-fd. */
  readonly announced: Promise<Ready>
  readonly exited: Promise<number | null>
  stdout(): string
  /** The first match in the log from `from` on; waits for it. Rejects when the daemon ends without it. */
  logged(pattern: RegExp, from?: number): Promise<RegExpExecArray>
  logLength(): number
  /** All that has been logged. */
  log(): string
}

const collect = (stream: Readable, onText: (text: string) => void): void => {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    onText(text)
  })
}

/** `uid`: as somebody else, who must be able to read the program. */
export const runDaemon = (
  main: string,
  args: readonly string[],
  env: Record<string, string> = {},
  { uid }: { readonly uid?: number } = {},
): DaemonProcess => {
  const child = spawn(process.execPath, [main, '--ready-fd', '3', ...args], {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', SHELL: '/bin/sh', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid, cwd: '/' }),
  })
  let [stdout, log, announcement] = ['', '', '']
  const watchers = new Set<() => void>()
  collect(child.stdout as Readable, (text) => {
    stdout = text
  })
  collect(child.stderr as Readable, (text) => {
    log = text
    for (const watcher of watchers) watcher()
  })
  const ready = child.stdio[3] as Readable
  collect(ready, (text) => {
    announcement = text
  })
  const announced = once(ready, 'end').then(() => JSON.parse(announcement) as Ready)
  announced.catch(() => undefined)
  const exited = once(child, 'close').then(([code]) => code as number | null)

  return {
    child,
    announced,
    exited,
    stdout: () => stdout,
    logLength: () => log.length,
    log: () => log,
    logged: (pattern, from = 0) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(log.slice(from))
          if (match === null) return
          watchers.delete(look)
          resolve(match)
        }
        watchers.add(look)
        look()
        exited.then(() => reject(new Error(`the daemon ended without ${pattern}:\n${log}`)))
      }),
  }
}

/** One call over the daemon's socket, as the CLI makes it. */
export const callSocket = async (
  socketPath: string,
  method: 'query' | 'mutation',
  path: string,
  input?: unknown,
): Promise<unknown> => {
  const ws = connectWebSocket(socketPath)
  await once(ws, 'open')
  ws.send(cborCodec.encode({ id: 1, method, params: { path, input } }))
  const [data] = await once(ws, 'message')
  ws.terminate()
  const answer = cborCodec.decode(data) as { result?: { data: unknown }; error?: { message: string } }
  if (answer.error !== undefined) throw new Error(answer.error.message)
  return answer.result?.data
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A dead keeper whose parent has not collected it yet, or which nobody will, is still a pid.
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}

/** A keeper outlives its daemon, so nobody who could tell us waits for it. */
export const endOf = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Ends what a test has started on that data dir, and its keepers, also one that a failed test never saw. Afterwards nothing writes there any more. */
export const endDaemons = async (
  daemons: readonly DaemonProcess[],
  dataDir: string,
  keeperPids: Iterable<number> = [],
): Promise<void> => {
  for (const { child } of daemons) child.kill('SIGKILL')
  await Promise.all(daemons.map(({ exited }) => exited))
  const lock = join(dataDir, 'keeper.lock')
  const last = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) || 0 : 0
  for (const pid of new Set([...keeperPids, last])) {
    if (pid === 0 || !isAlive(pid)) continue
    process.kill(pid, 'SIGKILL')
    await endOf(pid)
  }
}
