import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { isRoot, nobody, openFixtureHouse } from './fixtures/fixture-process.ts'

const house = openFixtureHouse()
afterAll(() => house[Symbol.asyncDispose]())

const uid = isRoot ? nobody : (process.getuid?.() ?? nobody)

/** What another process of the same, unprivileged user gets of the first environment of `pid`. */
const readEnvironment = (pid: number) => {
  const identity = isRoot ? { uid, gid: uid } : {}
  return spawnSync('cat', [`/proc/${pid}/environ`], { ...identity, encoding: 'utf8' })
}

describe.runIf(process.platform === 'linux')('a hardened process', () => {
  it('hides its environment from other processes of the same user, and loads koffi only then', async () => {
    await using fixture = await house.start('harden', [], isRoot ? { uid } : {})
    expect(await fixture.next()).toEqual({ loadedKoffi: false })
    expect(readEnvironment(fixture.pid).stdout).toContain('FIXTURE=visible')
    fixture.send('harden')
    expect(await fixture.next()).toEqual({ hardened: true, loadedKoffi: true })
    const after = readEnvironment(fixture.pid)
    expect(after.stdout).toBe('')
    expect(after.stderr).toContain('Permission denied')
  })
})
