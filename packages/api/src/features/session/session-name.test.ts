import { sessionName } from '@sallyport/contract/ids'
import { describe, expect, it } from 'vitest'
import { nameOfProgram, uniqueName } from './session-name.ts'

describe('the name of a session', () => {
  it.each([
    ['/usr/bin/make', 'make'],
    ['./.hidden', 'hidden'],
    ['my script.sh', 'my-script.sh'],
    ['日本', 'session'],
    ['x'.repeat(200), 'x'.repeat(64)],
  ])('made from %s is valid', (program, expected) => {
    expect(nameOfProgram(program)).toBe(expected)
    expect(sessionName.safeParse(nameOfProgram(program)).success).toBe(true)
  })

  it('stays within its length when it is counted up', () => {
    const taken = new Set(['x'.repeat(64)])
    const name = uniqueName('x'.repeat(64), (candidate) => taken.has(candidate))
    expect(name).toBe(`${'x'.repeat(62)}-2`)
  })
})
