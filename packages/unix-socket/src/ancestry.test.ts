import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, realpathSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { descendsFrom } from './ancestry.ts'
import { temporaryDirectory } from './fixtures/temporary-directory.ts'
import { parseProcessStat, readProcessStat } from './process-stat.ts'

/** A shell with a child, both alive until the end of the block. */
const startFamily = async (program = 'sleep') => {
  const shell = spawn('sh', ['-c', '"$0" 600 & echo $!; wait', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once((shell.stdout as Readable).setEncoding('utf8'), 'data')) as [string]
  const childPid = Number(line)
  return {
    shellPid: shell.pid as number,
    childPid,
    [Symbol.asyncDispose]: async () => {
      const exit = once(shell, 'exit')
      process.kill(childPid, 'SIGKILL')
      await exit
    },
  }
}

describe.runIf(process.platform === 'linux')('ancestry', () => {
  it('finds a process among its own descendants, however deep, and counts itself', async () => {
    await using family = await startFamily()
    expect(descendsFrom(family.childPid, process.pid)).toBe('yes')
    expect(descendsFrom(family.shellPid, process.pid)).toBe('yes')
    expect(descendsFrom(family.childPid, family.shellPid)).toBe('yes')
    expect(descendsFrom(process.pid, process.pid)).toBe('yes')
  })

  it('does not take a parent or a stranger for a descendant', async () => {
    await using family = await startFamily()
    await using strangers = await startFamily()
    expect(descendsFrom(process.pid, family.shellPid)).toBe('no')
    expect(descendsFrom(family.shellPid, family.childPid)).toBe('no')
    expect(descendsFrom(strangers.childPid, family.shellPid)).toBe('no')
    expect(descendsFrom(1, process.pid)).toBe('no')
  })

  it('says unknown about a process that is gone', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    expect(descendsFrom(child.pid as number, process.pid)).toBe('unknown')
  })

  it('is not misled by a program that calls itself ") Z 1 ("', async () => {
    using directory = temporaryDirectory()
    const program = directory.in(') Z 1 (')
    copyFileSync(realpathSync('/bin/sleep'), program)
    await using family = await startFamily(program)
    expect(readProcessStat(family.childPid)).toMatchObject({ parentPid: family.shellPid })
    expect(descendsFrom(family.childPid, process.pid)).toBe('yes')
  })
})

describe('a stat line', () => {
  const tail = ' S 42 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 1 2'

  it.each(['sh', 'a b', 'a) b', ') R 1 (', '((', ''])('is read right for a program named "%s"', (name) => {
    expect(parseProcessStat(`9 (${name})${tail}`)).toEqual({ state: 'S', parentPid: 42, startedAtTicks: 98765 })
  })

  it.each(['', '9', '9 (sh', '9 (sh) S', '9 (sh) S x'])('that is cut short ("%s") is refused', (text) => {
    expect(parseProcessStat(text)).toBeUndefined()
  })
})
