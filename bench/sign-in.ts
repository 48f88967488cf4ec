import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HttpBrowser } from '@sallyport/testing/http-browser'
import { cpuSeconds } from './process-figures.ts'
import { median } from './statistics.ts'

export interface SignInResult {
  /** Medians of the first answer of a sign-in (A2): whether there is such a user must not show in the time. */
  readonly knownMs: number
  readonly unknownMs: number
  /** CPU of the daemon for one whole sign-in with a password (V7). */
  readonly cpuMsPerSignIn: number
}

const PASSWORD = 'correct-bench-battery-staple'
/** Two names that are as long as each other. */
const KNOWN = 'owner'
const unknownName = (index: number): string => `u${String(index).padStart(4, '0')}`

/** `starts` sign-ins of each kind by turns, against a daemon of their own whose limits are raised by its configuration. */
export const measureSignIn = async (bin: string, starts: number): Promise<SignInResult> => {
  const home = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const dataDir = join(home, 'data')
  const env = {
    ...process.env,
    SALLYPORT_DATA_DIR: dataDir,
    SALLYPORT_CONFIG_DIR: join(home, 'config'),
    SALLYPORT_PASSWORD: PASSWORD,
    SALLYPORT_AUTH_FAILED_SIGN_INS_PER_CLIENT: '1000000',
    SALLYPORT_AUTH_FAILED_SIGN_INS_PER_SECOND: '100000',
  }
  const child = spawn(process.execPath, [bin, 'daemon', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const url = /http:\/\/localhost:\d+/.exec(line)?.[0] ?? ''
    const known = new HttpBrowser({ url })
    // Another address: calls are limited per address too (W16), and that is not what is measured.
    const unknown = new HttpBrowser({ url, localAddress: '127.0.0.2' })
    // What is loaded with the first sign-in of a daemon's life is not what tells users apart.
    for (let index = 0; index < 10; index += 1) {
      await timedStart(known, KNOWN)
      await timedStart(unknown, unknownName(index))
    }
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let index = 0; index < starts; index += 1) {
      times.known.push(await timedStart(known, KNOWN))
      times.unknown.push(await timedStart(unknown, unknownName(10 + index)))
    }

    const pid = Number(readFileSync(join(dataDir, 'daemon.lock'), 'utf8'))
    const before = cpuSeconds([pid])
    for (let index = 0; index < starts / 3; index += 1) {
      await known.signIn(PASSWORD)
      await new Promise((resolve) => setTimeout(resolve, CALLS_PAUSE_MS))
    }
    const cpuMsPerSignIn = ((cpuSeconds([pid]) - before) * 1000) / (starts / 3)
    return { knownMs: median(times.known), unknownMs: median(times.unknown), cpuMsPerSignIn }
  } finally {
    const exited = once(child, 'exit')
    spawnSync(process.execPath, [bin, 'daemon', 'stop', '--all'], { env, stdio: 'inherit' })
    await exited
    rmSync(home, { recursive: true, force: true })
  }
}

/** Calls of one address are limited to 20 a second (W16), and a quick machine makes more. */
const CALLS_PAUSE_MS = 120

/** The known one is finished too, which gives its points back: an account would otherwise be closed after a hundred. */
const timedStart = async (browser: HttpBrowser, user: string): Promise<number> => {
  let ms = 0
  const finish = await browser.startSignIn(PASSWORD, user, (startMs) => {
    ms = startMs
  })
  if (finish !== undefined) await browser.mutate('auth.finishSignIn', { finish })
  await new Promise((resolve) => setTimeout(resolve, CALLS_PAUSE_MS / 2))
  return ms
}
