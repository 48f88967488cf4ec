import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { reapAdoptedChildren } from '@sallyport/unix-socket/child-reaper'
import { acquireFileLock } from '@sallyport/unix-socket/file-lock'
import { assertSupportedPlatform } from '@sallyport/unix-socket/platform'
import { assertPrivateDirectory } from '@sallyport/unix-socket/private-directory'
import { becomeSubreaper, forbidCoreAndPtrace, refuseDebugger } from '@sallyport/unix-socket/process-hardening'
import { readAllowUntestedPlatform } from './environment.ts'
import { startKeeper } from './keeper.ts'
import { createLogLine } from './log-line.ts'
import { setCloseOnExec } from './native.ts'

/** Set by the build. */
declare const __SALLYPORT_VERSION__: string

/** SPEC S4: what a session gets between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 10_000
const FIRST_OWN_FD = 3

const clock = { now: () => Date.now() }
const logLine = createLogLine(clock)

const readDataDir = (): string => {
  const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } })
  if (values['data-dir'] === undefined) throw new Error('usage: keeper --data-dir <directory>')
  return resolve(values['data-dir'])
}

/** Whatever a careless parent left open must not reach the programs of sessions. Node's own descriptors are marked already. */
const keepDescriptorsToOurselves = () => {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name)
    if (fd < FIRST_OWN_FD) continue
    try {
      setCloseOnExec(fd)
    } catch {
      // The descriptor of the listing itself, closed by now.
    }
  }
}

const boot = async () => {
  refuseDebugger()
  assertSupportedPlatform({ platform: process.platform, allowUntested: readAllowUntestedPlatform() })
  const dataDir = readDataDir()
  const inheritedUmask = process.umask(0o077)
  await assertPrivateDirectory(dataDir)
  const lock = await acquireFileLock(join(dataDir, 'keeper.lock'))
  forbidCoreAndPtrace()
  becomeSubreaper()
  if (process.platform === 'linux') keepDescriptorsToOurselves()
  // A directory that we stand in could not be unmounted for as long as sessions live.
  process.chdir('/')
  // The terminal that the daemon was started in may hang up.
  process.on('SIGHUP', () => undefined)

  const keeper = await startKeeper({ dataDir, version: __SALLYPORT_VERSION__, inheritedUmask, clock, logLine })
  reapAdoptedChildren(keeper.isRoot)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void keeper.shutdown(STOP_GRACE_MS))
  logLine(`ready as process ${process.pid} in ${dataDir}`)

  await keeper.closed
  await lock.release()
  process.exit(0)
}

// Every session dies with this process: a fault in one of them must not end the others.
process.on('uncaughtException', (error) => logLine(`fault: ${error.stack ?? error}`))
boot().catch((error: Error) => {
  logLine(error.message)
  process.exit(1)
})
