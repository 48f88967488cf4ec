import { expect, test, vi } from 'vitest'

vi.mock('zod', () => {
  throw new Error('zod was loaded')
})

/** The schemas cost a command line 48 ms of its start, and a page their size. */
test.each([
  ['wire-limits', () => import('./wire-limits.ts')],
  ['close-code', () => import('./close-code.ts')],
  ['session-state', () => import('./session-state.ts')],
  ['error-code', () => import('./error-code.ts')],
  ['keys', () => import('./keys.ts')],
  ['plain-text', () => import('./plain-text.ts')],
  ['codec', () => import('./codec.ts')],
])('what clients need at run time loads no schema: %s', async (_file, load) => {
  await expect(load()).resolves.toBeDefined()
})

test('a file with schemas would be noticed', async () => {
  await expect(import('./session.ts')).rejects.toThrow()
})
