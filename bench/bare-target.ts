import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import type { Target, TargetSession, Viewer } from './target.ts'

/** One bare server process per session, like a server that a person would write in an afternoon. */
export const createBareTarget = (serverScript: string): Target => {
  const stops = new Set<() => Promise<void>>()

  const run = async (program: readonly string[]): Promise<TargetSession> => {
    const child = spawn(process.execPath, [serverScript, ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)
    const [line] = (await once(lines, 'line')) as [string]
    const { port } = JSON.parse(line) as { port: number }
    const end = async (): Promise<void> => {
      stops.delete(end)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
    stops.add(end)
    return { pids: child.pid === undefined ? [] : [child.pid], connect: (onBytes) => connect(port, onBytes), end }
  }

  return {
    name: 'bare ws + node-pty',
    run,
    stop: async () => {
      for (const stop of [...stops]) await stop()
    },
  }
}

const connect = async (port: number, onBytes: (bytes: Uint8Array) => void): Promise<Viewer> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  socket.on('message', (data) => onBytes(data as Buffer))
  await once(socket, 'open')
  return {
    write: (bytes) => socket.send(bytes),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.terminate(),
  }
}
