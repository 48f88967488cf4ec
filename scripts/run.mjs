import { spawn, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs a program to its end with our terminal; throws when it fails, naming the step. */
export const run = (step, command, args, options = {}) => {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (result.error) throw new StepFailed(step, result.error.message)
  if (result.status !== 0)
    throw new StepFailed(step, result.signal ? `ended by ${result.signal}` : `exit code ${result.status}`)
}

export class StepFailed extends Error {
  constructor(step, reason) {
    super(`${step} failed: ${reason}`)
    this.step = step
  }
}

/** A program of the workspace's own dependencies, such as `biome`. */
export const runBin = (step, name, args, options) => run(step, join(root, 'node_modules', '.bin', name), args, options)

/** Hands the terminal over to a long-running program: signals go through, its exit code becomes ours. */
export const become = (command, args, options = {}) => {
  const child = spawn(command, args, { stdio: 'inherit', ...options })
  // The terminal sends SIGINT to the whole group already; only signals meant for us alone are passed on.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(error.message)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 1 : (code ?? 1)
  })
}
