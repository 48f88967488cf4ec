import { spawn } from 'node:child_process'
import type { Environment } from '../config/environment.ts'
import { KeySourceError } from './key-source.ts'

/** The desktop may ask its user to open the keyring. */
const TIMEOUT_MS = 60_000
const MAX_BYTES = 64 * 1024
const MAX_REASON = 200

/** What it takes to reach the session's secret service and to show its dialogue. */
const names = new Set([
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
])

export interface SecretToolAnswer {
  readonly code: number | null
  /** The caller zeroes it. */
  readonly stdout: Buffer
  /** First line of what it complained about; empty when it did not. */
  readonly complaint: string
}

/** Control characters of a foreign program do not reach a terminal. */
const firstLine = (chunks: readonly Buffer[]): string =>
  (Buffer.concat(chunks).toString('utf8').trim().split('\n')[0] ?? '').replace(/\p{C}/gu, '').slice(0, MAX_REASON)

/**
 * One call of libsecret's secret-tool. A secret goes in by stdin and comes out by stdout, never by arguments, which every user of the machine can read.
 * @param o.input zeroed by the caller, after this has settled
 * @throws KeySourceError when it is not installed or does not answer
 */
export const runSecretTool = (o: {
  readonly args: readonly string[]
  readonly input: Buffer | null
  readonly environment: Environment
  readonly timeoutMs?: number
}): Promise<SecretToolAnswer> =>
  new Promise((resolve, reject) => {
    const timeoutMs = o.timeoutMs ?? TIMEOUT_MS
    const child = spawn('secret-tool', o.args, {
      env: Object.fromEntries(
        Object.entries(o.environment).filter(([name]) => names.has(name) || name.startsWith('LC_')),
      ),
      stdio: 'pipe',
    })
    const [out, complaints]: [Buffer[], Buffer[]] = [[], []]
    let received = 0
    const fail = (why: string): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      for (const chunk of out) chunk.fill(0)
      reject(new KeySourceError(`the OS keyring cannot be used: ${why}`))
    }
    const timer = setTimeout(() => fail(`secret-tool did not answer within ${timeoutMs / 1000} s`), timeoutMs)
    const take = (into: Buffer[]) => (chunk: Buffer) => {
      received += chunk.byteLength
      into.push(chunk)
      if (received > MAX_BYTES) fail('secret-tool printed too much')
    }
    child.stdout.on('data', take(out))
    child.stderr.on('data', take(complaints))
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'ENOENT'
          ? 'secret-tool is not installed; install it (Debian: libsecret-tools, Fedora: libsecret, Arch: libsecret), or remove env_sets.master_key from the configuration'
          : `secret-tool cannot be started (${error.code})`,
      ),
    )
    child.once('close', (code) => {
      clearTimeout(timer)
      const stdout = Buffer.concat(out)
      for (const chunk of out) chunk.fill(0)
      resolve({ code, stdout, complaint: firstLine(complaints) })
    })
    // It may end without reading: what it says then, or its code, is the answer.
    child.stdin.on('error', () => undefined)
    child.stdin.end(o.input ?? undefined)
  })
