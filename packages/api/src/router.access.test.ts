import type { AnyTRPCProcedure } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import { AppError } from './errors.ts'
import { makeConnection, openTestApi, type TestApi } from './open-test-api.ts'
import type { ProcedureRules } from './procedure.ts'
import { accessTable } from './router.access.ts'
import { appRouter } from './router.ts'

const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, AnyTRPCProcedure>)

describe('the router', () => {
  it('has exactly the procedures of the table, with the access, limit and audit written there', () => {
    const found = procedures.map(([path, { _def }]) => {
      const { access, limit, audit, transport } = _def.meta as ProcedureRules
      const event = typeof audit === 'object' ? `${audit.event}!` : audit
      return [path, [_def.type, access, limit, event, ...(transport === undefined ? [] : [transport])]]
    })
    expect(Object.fromEntries(found)).toEqual(accessTable)
  })

  it('checks every output against a schema', () => {
    for (const [path, { _def }] of procedures) expect(_def, path).toMatchObject({ output: expect.anything() })
  })
})

type ActorName = 'anonymous' | 'viewer' | 'operator' | 'owner' | 'local'
const yes = 'admitted'
const users = { viewer: yes, operator: yes, owner: yes, local: yes } as const
const verdicts: Record<ProcedureRules['access'], Record<ActorName, string>> = {
  anyone: { ...users, anonymous: yes },
  viewer: { ...users, anonymous: 'unauthenticated' },
  operator: { ...users, anonymous: 'unauthenticated', viewer: 'forbidden' },
  owner: { anonymous: 'unauthenticated', viewer: 'forbidden', operator: 'forbidden', owner: yes, local: yes },
  socket: {
    anonymous: 'socket_only',
    viewer: 'socket_only',
    operator: 'socket_only',
    owner: 'socket_only',
    local: yes,
  },
}
const refusals = new Set(['unauthenticated', 'forbidden', 'socket_only', 'http_only', 'session_expired'])

/** Who an actor is on a connection of its own. */
const connect = (test: TestApi, actor: ActorName) => {
  if (actor === 'local') return makeConnection({ transport: 'unix', address: 'unix' })
  if (actor === 'anonymous') return makeConnection({ transport: 'http' })
  return test.browsers[actor].request()
}

/** Without input: what is admitted then fails on its input, on what it does not find, or does it. Only the refusal counts here. */
const verdictOf = async (test: TestApi, actor: ActorName, path: string): Promise<string> => {
  const [feature, name] = path.split('.') as ['auth', 'whoami']
  try {
    const call = test.call(connect(test, actor))[feature][name] as (input?: unknown) => Promise<unknown>
    const answer = await call(undefined)
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      await (answer as AsyncGenerator).return(undefined)
    }
    return yes
  } catch (error) {
    return error instanceof AppError && refusals.has(error.errorCode) ? error.errorCode : yes
  }
}

describe.each(['anonymous', 'viewer', 'operator', 'owner', 'local'] as const)('%s', (actor) => {
  it('gets from every procedure the verdict of the table', async () => {
    await using test = await openTestApi()
    const expected: Record<string, string> = {}
    const found: Record<string, string> = {}
    // Signing out would make a stranger of the rest of the walk.
    const paths = Object.keys(accessTable).sort((a, b) => Number(a === 'auth.signOut') - Number(b === 'auth.signOut'))
    for (const path of paths) {
      const [, access, , , transport] = accessTable[path] ?? ['query', 'socket', 'control', false]
      const byAccess = verdicts[access][actor]
      expected[path] = byAccess === yes && transport === 'http' && actor === 'local' ? 'http_only' : byAccess
      found[path] = await verdictOf(test, actor, path)
    }
    expect(found).toEqual(expected)
  })
})
