import type { AnyTRPCProcedure } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import type { Connection } from './connection.ts'
import { AppError } from './errors.ts'
import { makeConnection, openTestApi, signInWith, type TestApi } from './open-test-api.ts'
import type { ProcedureRules } from './procedure.ts'
import { accessTable } from './router.access.ts'
import { appRouter } from './router.ts'

const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, AnyTRPCProcedure>)

describe('the router', () => {
  it('has exactly the procedures of the table, with the access, limit and audit written there', () => {
    const found = procedures.map(([path, { _def }]) => {
      const { access, limit, audit, transport, stepUp } = _def.meta as ProcedureRules
      const event = typeof audit === 'object' ? `${audit.event}!` : audit
      return [
        path,
        [_def.type, `${access}${stepUp ? '+' : ''}`, limit, event, ...(transport === undefined ? [] : [transport])],
      ]
    })
    expect(Object.fromEntries(found)).toEqual(accessTable)
  })

  it('checks every output against a schema', () => {
    for (const [path, { _def }] of procedures) expect(_def, path).toMatchObject({ output: expect.anything() })
  })
})

const actorNames = ['anonymous', 'onboarding', 'open', 'viewer', 'operator', 'owner', 'fresh owner', 'local'] as const
type ActorName = (typeof actorNames)[number]
type Rule = ProcedureRules['access'] | `${ProcedureRules['access']}+`
const yes = 'admitted'
const strangers = { anonymous: 'unauthenticated', onboarding: 'unauthenticated' } as const
const owners = { owner: yes, 'fresh owner': yes, local: yes } as const
const everybody = { ...owners, anonymous: yes, onboarding: yes, open: yes, viewer: yes, operator: yes } as const
const nobody = (answer: string): Record<ActorName, string> =>
  Object.fromEntries(actorNames.map((name) => [name, answer])) as Record<ActorName, string>
/** `open`: anybody on this machine in mode off, who counts as operator. `fresh owner`: signed in a moment ago. */
const verdicts: Partial<Record<Rule, Record<ActorName, string>>> = {
  anyone: everybody,
  onboarding: { ...nobody('unauthenticated'), onboarding: yes },
  viewer: { ...everybody, ...strangers },
  'viewer+': { ...nobody('step_up_required'), ...strangers, open: 'socket_only', 'fresh owner': yes, local: yes },
  operator: { ...everybody, ...strangers, viewer: 'forbidden' },
  'operator+': {
    ...nobody('step_up_required'),
    ...strangers,
    viewer: 'forbidden',
    open: 'socket_only',
    'fresh owner': yes,
    local: yes,
  },
  owner: { ...nobody('forbidden'), ...strangers, ...owners },
  socket: { ...nobody('socket_only'), local: yes },
}
const refusals = new Set([
  'unauthenticated',
  'forbidden',
  'step_up_required',
  'socket_only',
  'http_only',
  'session_expired',
])

/** Who an actor is, on a connection of its own. */
const connect = async (test: TestApi, actor: ActorName): Promise<() => Connection> => {
  switch (actor) {
    case 'local':
      return () => makeConnection({ transport: 'unix', address: 'unix' })
    case 'anonymous':
    case 'open':
      return () => makeConnection({ transport: 'http' })
    case 'fresh owner': {
      const browser = await test.signIn()
      return browser.request
    }
    case 'onboarding': {
      const browser = test.newBrowser()
      const { password } = await test.local.auth.revealPassword()
      expect(await signInWith(browser, { password })).toEqual({ next: 'onboarding' })
      return browser.request
    }
    default:
      return test.browsers[actor].request
  }
}

/** Without input: what is admitted then fails on its input, on what it does not find, or does it. Only the refusal counts here. */
const verdictOf = async (test: TestApi, connection: Connection, path: string): Promise<string> => {
  const [feature, name] = path.split('.') as ['auth', 'whoami']
  try {
    const call = test.call(connection)[feature][name] as (input?: unknown) => Promise<unknown>
    const answer = await call(undefined)
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      await (answer as AsyncGenerator).return(undefined)
    }
    return yes
  } catch (error) {
    return error instanceof AppError && refusals.has(error.errorCode) ? error.errorCode : yes
  }
}

describe.each(actorNames)('%s', (actor) => {
  it('gets from every procedure the verdict of the table', async () => {
    await using test = await openTestApi({ auth: { mode: actor === 'open' ? 'off' : 'accounts' } })
    // The seeded browsers proved themselves longer ago than a step-up lasts.
    test.clock.advance(6 * 60_000)
    const connection = await connect(test, actor)
    const expected: Record<string, string> = {}
    const found: Record<string, string> = {}
    // These make a stranger of the rest of the walk.
    const endings = ['auth.revokeOthers', 'auth.revokeAll', 'auth.skipEnrolment', 'auth.signOut']
    const paths = Object.keys(accessTable).sort((a, b) => endings.indexOf(a) - endings.indexOf(b))
    for (const path of paths) {
      const [, access, , , transport] = accessTable[path] ?? ['query', 'socket', 'control', false]
      const byAccess = verdicts[access]?.[actor] ?? 'a rule without a verdict'
      expected[path] = byAccess === yes && transport === 'http' && actor === 'local' ? 'http_only' : byAccess
      found[path] = await verdictOf(test, connection(), path)
      // Slowly: this is about access, not about limits.
      test.clock.advance(100)
    }
    expect(found).toEqual(expected)
  })
})
