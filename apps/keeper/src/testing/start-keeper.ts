import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { connectAsDaemon, type KeeperClient } from './keeper-client.ts'

export interface RunningKeeper {
  readonly dataDir: string
  readonly process: ChildProcess
  readonly pid: number
  readonly logLines: string[]
  /** Resolves when the keeper's log has such a line. */
  logged(pattern: RegExp): Promise<string>
}

export const makeDataDir = async (): Promise<string> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'keeper-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

export const launchKeeper = (keeperPath: string, dataDir: string): Omit<RunningKeeper, 'pid'> => {
  // The flag is the daemon's (keeper-process.ts).
  const child = spawn(process.execPath, ['--semi-space-growth-factor=1', keeperPath, '--data-dir', dataDir], {
    detached: true,
    // The fourth is a descriptor that a careless parent passes on: no session may get it.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', KEEPER_ONLY: 'not for sessions' },
  })
  const logLines: string[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stderr as Readable }).on('line', (line) => {
    logLines.push(line)
    for (const look of waiting) look()
  })
  const logged = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const line = logLines.find((candidate) => pattern.test(candidate))
        if (line === undefined) return
        waiting.delete(look)
        resolve(line)
      }
      waiting.add(look)
      look()
    })
  return { dataDir, process: child, logLines, logged }
}

/** A keeper of its own for one test, gone with all its sessions when the test ends. */
export const startKeeper = async (keeperPath: string, inDirectory?: string): Promise<RunningKeeper> => {
  const dataDir = inDirectory ?? (await makeDataDir())
  const keeper = launchKeeper(keeperPath, dataDir)
  const ended = once(keeper.process, 'exit')
  onTestFinished(async () => {
    // What a test left running loses its terminal, and dies of the hangup.
    if (keeper.process.exitCode === null && keeper.process.signalCode === null) keeper.process.kill('SIGKILL')
    await ended
  })
  await keeper.logged(/ready as process/)
  return { ...keeper, pid: keeper.process.pid as number }
}

export const startKeeperWithDaemon = async (
  keeperPath: string,
): Promise<{ keeper: RunningKeeper; client: KeeperClient }> => {
  const keeper = await startKeeper(keeperPath)
  const client = await connectAsDaemon(keeper.dataDir)
  onTestFinished(async () => {
    if (keeper.process.exitCode === null && keeper.process.signalCode === null) {
      const ended = once(keeper.process, 'exit')
      await client.control.shutdown.mutate({ graceMs: 0 })
      await ended
    }
    await client.close()
  })
  return { keeper, client }
}
