import { expect, it } from 'vitest'
import { makeConnection } from '../../../open-test-api.ts'
import type { AuthCall } from '../call.ts'
import { codeOf } from '../sign-in/sign-in-fixture.ts'
import { confirmEnrolment } from './enrolment.ts'

type Deps = Parameters<typeof confirmEnrolment>[0]

it('a second factor whose sign-in ends while its code is looked at is not stored: nobody would see its recovery codes', async () => {
  const stored: string[] = []
  const user = { id: 'user-1', name: 'ada', passwordRecord: 'record' }
  const deps = {
    users: { byId: async () => user },
    secondFactors: {
      isEnrolled: async () => false,
      prove: () => ({ secret: 'A', step: 1 }),
      enrolFirst: async () => stored.push('factor'),
    },
    pendingSignIns: { find: () => ({ id: 'pending', stage: { user } }), complete: () => false },
    audit: { ensureWritable: async () => undefined },
  } as unknown as Deps
  const call: AuthCall = {
    actor: { kind: 'anonymous', credential: 'none', role: null },
    audit: { describe: () => undefined, commit: async () => undefined },
    connection: makeConnection({ transport: 'http' }),
  }
  expect(await codeOf(confirmEnrolment(deps, call, '123456'))).toBe('unauthenticated')
  expect(stored).toEqual([])
})
