import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from './fixtures/adopt-orphans.ts'
import { isRoot, nobody, openFixtureHouse } from './fixtures/fixture-process.ts'

const house = openFixtureHouse()
afterAll(() => house[Symbol.asyncDispose]())

const run = async (mode: 'reap' | 'ignore' | 'spare-first'): Promise<Report> => {
  // Unprivileged where we can choose: root is let into every corner of /proc, and would prove too little.
  await using keeper = await house.start('adopt-orphans', [mode], isRoot ? { uid: nobody } : {})
  return await keeper.next<Report>()
}

const ownExitCodes = [3, ...Array.from({ length: 30 }, (_, index) => index)]

describe.runIf(process.platform === 'linux')('a subreaper', () => {
  it('adopts the orphans of its children, which stay its descendants', async () => {
    expect(await run('reap')).toMatchObject({ subreaper: true, adopted: 40, descendants: 40 })
  })

  it('leaves no zombie after a burst of dying orphans, and takes no exit code of its own children', async () => {
    const report = await run('reap')
    expect(new Set(report.states)).toEqual(new Set(['gone']))
    expect(report.ownExitCodes).toEqual(ownExitCodes)
  })

  it('would keep every one of them as a zombie without the reaper', async () => {
    const report = await run('ignore')
    expect(new Set(report.states)).toEqual(new Set(['Z']))
  })

  it('leaves a dead child that somebody else waits for, and still reaps those behind it', async () => {
    const report = await run('spare-first')
    expect(report.states[0]).toBe('Z')
    expect(new Set(report.states.slice(1))).toEqual(new Set(['gone']))
    expect(report.ownExitCodes).toEqual(ownExitCodes)
  })
})
