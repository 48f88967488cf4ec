import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isRoot, nobody } from './fixtures/fixture-process.ts'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'
import { assertPrivateDirectory, ensurePrivateDirectory } from './private-directory.ts'

describe('a private directory', () => {
  it('is made with mode 0700, missing parents too, and accepted when it is there', async () => {
    using home = temporaryDirectory()
    await ensurePrivateDirectory(home.in('a/b'))
    expect(lstatSync(home.in('a/b')).mode & 0o777).toBe(0o700)
    expect(lstatSync(home.in('a')).mode & 0o777).toBe(0o700)
    await ensurePrivateDirectory(home.in('a/b'))
  })

  it.each([0o755, 0o750, 0o701, 0o720])('with mode %o is refused and left as it is', async (mode) => {
    using home = temporaryDirectory()
    chmodSync(home.path, mode)
    await expect(ensurePrivateDirectory(home.path)).rejects.toMatchObject({
      problem: 'too_open',
      message: expect.stringContaining(`chmod 700 ${home.path}`),
    })
    expect(lstatSync(home.path).mode & 0o777).toBe(mode)
  })

  it('that is a symlink is refused, with a slash at the end too, and what it leads to stays untouched', async () => {
    using home = temporaryDirectory()
    mkdirSync(home.in('real'), { mode: 0o700 })
    symlinkSync(home.in('real'), home.in('link'))
    symlinkSync(home.in('nowhere'), home.in('dangling'))
    for (const path of [home.in('link'), home.in('link/'), home.in('dangling')]) {
      await expect(ensurePrivateDirectory(path)).rejects.toMatchObject({ problem: 'symlink' })
    }
    expect(existsSync(home.in('nowhere'))).toBe(false)
  })

  it('that is a file is refused', async () => {
    using home = temporaryDirectory()
    writeFileSync(home.in('file'), '')
    await expect(ensurePrivateDirectory(home.in('file'))).rejects.toMatchObject({ problem: 'not_a_directory' })
  })

  it('that does not exist is not private, only asked about', async () => {
    using home = temporaryDirectory()
    await expect(assertPrivateDirectory(home.in('missing'))).rejects.toMatchObject({ problem: 'missing' })
    expect(existsSync(home.in('missing'))).toBe(false)
  })

  it.runIf(isRoot)('of another owner is refused', async () => {
    using home = temporaryDirectory()
    chownSync(home.path, nobody, nobody)
    await expect(ensurePrivateDirectory(home.path)).rejects.toMatchObject({
      problem: 'foreign_owner',
      message: expect.stringContaining('belongs to uid 65534'),
    })
  })
})
