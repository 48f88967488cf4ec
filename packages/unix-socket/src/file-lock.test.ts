import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { acquireFileLock, LockHeldError, readLockHolder } from './file-lock.ts'
import { openFixtureHouse } from './fixtures/fixture-process.ts'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'

const house = openFixtureHouse()
afterAll(() => house[Symbol.asyncDispose]())

describe('file lock', () => {
  it('a second holder is refused and told the pid of the first, which keeps the lock', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('daemon.lock')
    await using holder = await house.start('hold-lock', [path])
    const { childPid } = await holder.next<{ childPid: number }>()
    try {
      const error = await acquireFileLock(path).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(LockHeldError)
      expect(error).toMatchObject({ holderPid: holder.pid, path })
      expect(await readLockHolder(path)).toBe(holder.pid)
      expect(statSync(path).mode & 0o777).toBe(0o600)
    } finally {
      process.kill(childPid, 'SIGKILL')
    }
  })

  it('kill -9 of the holder frees the lock although a child of the holder lives on', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('daemon.lock')
    await using holder = await house.start('hold-lock', [path])
    const { childPid } = await holder.next<{ childPid: number }>()
    try {
      await holder.kill()
      expect(process.kill(childPid, 0)).toBe(true)
      expect(readFileSync(path, 'utf8')).toBe(`${holder.pid}\n`)
      expect(await readLockHolder(path)).toBeUndefined()
      const lock = await acquireFileLock(path)
      expect(await readLockHolder(path)).toBe(process.pid)
      await lock.release()
    } finally {
      process.kill(childPid, 'SIGKILL')
    }
  })

  it('of many who try at once exactly one gets it', async () => {
    using directory = temporaryDirectory()
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => acquireFileLock(directory.in('daemon.lock'))),
    )
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(locks).toHaveLength(1)
    expect(reasons).toHaveLength(19)
    for (const reason of reasons) expect(reason).toMatchObject({ name: 'LockHeldError', holderPid: process.pid })
    await locks[0]?.release()
  })

  it('those who only look never make an acquirer fail', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('daemon.lock')
    for (let round = 0; round < 50; round += 1) {
      const [lock] = await Promise.all([acquireFileLock(path), readLockHolder(path), readLockHolder(path)])
      await lock.release()
    }
    expect(await readLockHolder(path)).toBeUndefined()
  })

  it('somebody who looks while it is being taken only delays it', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('daemon.lock')
    writeFileSync(path, '', { mode: 0o600 })
    // The shared lock of readLockHolder(), held for as long as we like.
    const looking = spawn('flock', ['--shared', path, 'sh', '-c', 'echo held; read line'])
    await once(looking.stdout, 'data')
    const pending = acquireFileLock(path)
    looking.stdin.end()
    const lock = await pending
    expect(await readLockHolder(path)).toBe(process.pid)
    await lock.release()
  })

  it('a release is final, leaves the file, and gives the lock to the next', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('daemon.lock')
    const first = await acquireFileLock(path)
    await first.release()
    expect(existsSync(path)).toBe(true)
    const second = await acquireFileLock(path)
    await first.release()
    await expect(acquireFileLock(path)).rejects.toThrow(LockHeldError)
    await second.release()
  })

  it('a lock whose file was deleted does not block the next holder, and is not shared with it', async () => {
    using directory = temporaryDirectory()
    const path = directory.in('daemon.lock')
    const lost = await acquireFileLock(path)
    rmSync(path)
    const next = await acquireFileLock(path)
    await lost.release()
    expect(await readLockHolder(path)).toBe(process.pid)
    await next.release()
  })

  it('a missing file has no holder', async () => {
    using directory = temporaryDirectory()
    expect(await readLockHolder(directory.in('daemon.lock'))).toBeUndefined()
  })

  it('a planted symlink, directory or open file is neither followed nor changed', async () => {
    using directory = temporaryDirectory()
    const victim = directory.in('victim')
    writeFileSync(victim, 'precious', { mode: 0o600 })
    symlinkSync(victim, directory.in('link'))
    await expect(acquireFileLock(directory.in('link'))).rejects.toThrow('is a symbolic link; move it away')
    mkdirSync(directory.in('directory'))
    await expect(acquireFileLock(directory.in('directory'))).rejects.toThrow('EISDIR')
    writeFileSync(directory.in('open'), 'precious', { mode: 0o644 })
    await expect(acquireFileLock(directory.in('open'))).rejects.toThrow('is not a private file of yours')
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    expect(readFileSync(directory.in('open'), 'utf8')).toBe('precious')
  })
})
