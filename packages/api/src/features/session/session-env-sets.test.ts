import { expect, it } from 'vitest'
import { withEnvSets } from './session-env-sets.ts'

const opening = (...values: string[]) => {
  const buffers = values.map((value) => Buffer.from(value))
  const sets = [{ id: 'set000000000', name: 'prod' }]
  const variables = buffers.map((value, index) => ({ name: `V${index}`, value }))
  return { buffers, openForSession: async () => ({ sets, variables }) }
}

it('gives the values for the time of the start, and wipes the buffers when it is over', async () => {
  const { buffers, openForSession } = opening('schlüssel', '', '\ufeffmark')
  const given = await withEnvSets({ openForSession }, ['prod'], async (opened) => {
    expect(buffers[0]?.toString()).toBe('schlüssel')
    return opened
  })
  expect(given).toEqual({
    sets: [{ id: 'set000000000', name: 'prod' }],
    secrets: [
      { name: 'V0', value: 'schlüssel' },
      { name: 'V1', value: '' },
      { name: 'V2', value: '\ufeffmark' },
    ],
  })
  for (const buffer of buffers) expect(buffer.every((byte) => byte === 0)).toBe(true)
})

it('wipes them when the start fails', async () => {
  const { buffers, openForSession } = opening('secret')
  const failing = withEnvSets({ openForSession }, ['prod'], () => Promise.reject(new Error('no keeper')))
  await expect(failing).rejects.toThrow('no keeper')
  expect(buffers[0]?.every((byte) => byte === 0)).toBe(true)
})

it('asks for nothing where there are no sets, so a locked master key stops no other session', async () => {
  const openForSession = () => Promise.reject(new Error('locked'))
  expect(await withEnvSets({ openForSession }, [], async (given) => given)).toEqual({ sets: [], secrets: [] })
})
