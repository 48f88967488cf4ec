import { randomBytes } from 'node:crypto'
import { Secret } from '@sallyport/crypto/secret'
import { createFakeClock } from '@sallyport/testing/fake-clock'
import { expect, it } from 'vitest'
import type { CookieName } from '../../../connection.ts'
import { makeConnection } from '../../../open-test-api.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import type { AuthCall } from '../call.ts'
import type { StoredUser, UserStore } from '../users/user.store.ts'
import { createCompleteSignIn } from './complete-sign-in.ts'
import { createPendingSignIns, type PendingSignIns } from './pending-sign-ins.ts'
import { codeOf } from './sign-in-fixture.ts'

const user: StoredUser = {
  id: 'user-1',
  name: 'ada',
  role: 'owner',
  passwordRecord: 'record',
  passwordChangedAt: null,
  failedSignIns: 0,
  closedUntil: null,
}

/** One completion; `meanwhile` happens while its auth session is being written. */
const complete = async (meanwhile: (pending: PendingSignIns) => void) => {
  const clock = createFakeClock()
  const key = new Secret(new Uint8Array(32))
  const pendingSignIns = createPendingSignIns({ clock, random: randomBytes, key })
  const ended: string[] = []
  const cookies: CookieName[] = []
  const authSessions = {
    create: async () => {
      meanwhile(pendingSignIns)
      return { token: 'token', authSession: { id: 'fresh', createdAt: 0, expiresAt: 1000 } }
    },
    end: async (ids: readonly string[]) => {
      ended.push(...ids)
      return ids
    },
  } as unknown as AuthSessions
  const users = { byId: async () => user, countSuccess: async () => undefined } as unknown as UserStore
  const completeSignIn = createCompleteSignIn({
    authSessions,
    users,
    pendingSignIns,
    clock,
    random: randomBytes,
    deviceKey: key,
  })
  const call: AuthCall = {
    actor: { kind: 'anonymous', credential: 'none', role: null },
    audit: { describe: () => undefined, commit: async () => undefined },
    connection: {
      ...makeConnection({ transport: 'http' }),
      cookies: { set: (name) => void cookies.push(name), clear: () => undefined },
    },
  }
  return { result: await codeOf(completeSignIn(call, user)), ended, cookies }
}

it('a sign-in that is ended while its auth session is written ends again, and its browser gets no cookie', async () => {
  const refused = { result: 'sign_in_failed', ended: ['fresh'], cookies: [] }
  expect(await complete((pending) => pending.endAllOf(user.id))).toEqual(refused)
  expect(await complete((pending) => pending.endAll())).toEqual(refused)
  expect(await complete((pending) => pending.endAllOf('somebody else'))).toEqual({
    result: 'ok',
    ended: [],
    cookies: ['session', 'device'],
  })
})
