import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { expect, it } from 'vitest'
import { makeConnection, openTestApi, type TestApi, type TestConnection } from './open-test-api.ts'

/** The API as HTTP serves it: status, body, nothing else. */
const post = async (test: TestApi, path: string, options: { body?: string; connection?: TestConnection } = {}) => {
  const response = await fetchRequestHandler({
    endpoint: '/trpc',
    req: new Request(`http://localhost/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: options.body ?? '{}',
    }),
    router: test.api.router,
    createContext: () => test.api.createContext(options.connection ?? makeConnection({ transport: 'http' })),
  })
  return { status: response.status, text: await response.text() }
}
const codeIn = (text: string): string => JSON.parse(text).error.data.code

it('every refusal has its status and code on the wire, and no stack', async () => {
  await using test = await openTestApi()
  const owner = test.browsers.owner.request()
  const answers = {
    anonymous: await post(test, 'session.removeEnded'),
    socketOnly: await post(test, 'admin.stop', { connection: owner }),
    forbidden: await post(test, 'session.removeEnded', { connection: test.browsers.viewer.request() }),
    unknown: await post(test, 'session.nonsense', { connection: owner }),
    wrongType: await post(test, 'session.rename', { connection: owner, body: '{"session":7}' }),
    malformed: await post(test, 'session.rename', { connection: owner, body: '{"session":' }),
    missing: await post(test, 'session.stop', { connection: owner, body: '{"session":"nothing"}' }),
  }
  expect(
    Object.fromEntries(Object.entries(answers).map(([name, { status, text }]) => [name, [status, codeIn(text)]])),
  ).toEqual({
    anonymous: [401, 'unauthenticated'],
    socketOnly: [403, 'socket_only'],
    forbidden: [403, 'forbidden'],
    unknown: [404, 'not_found'],
    wrongType: [400, 'bad_request'],
    malformed: [400, 'bad_request'],
    missing: [404, 'not_found'],
  })
  for (const { text } of Object.values(answers)) expect(text).not.toMatch(/stack|node_modules|\/packages\//)
})

it('a limit is a 429 that says when to come back', async () => {
  await using test = await openTestApi()
  const answers = await Promise.all(Array.from({ length: 45 }, () => post(test, 'session.removeEnded')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(5)
  expect(JSON.parse(refused[0]?.text ?? '').error.data).toEqual({
    code: 'too_many_requests',
    httpStatus: 429,
    retryAfterSeconds: 1,
  })
})

it('is ready when the database is open and sign-ins are loaded', async () => {
  await using test = await openTestApi()
  await test.api.ready()
  expect((await test.api.authenticate(test.browsers.owner.request())).kind).toBe('user')
})

it('a call waits for a database that comes back, instead of remembering its trouble', async () => {
  await using test = await openTestApi()
  await test.database.execute('ALTER TABLE "AuthSession" RENAME TO "Away"')
  const connection = test.browsers.owner.request()
  await expect(test.call(connection).session.list()).rejects.toThrow()
  await test.database.execute('ALTER TABLE "Away" RENAME TO "AuthSession"')
  expect((await test.call(connection).session.list()).sessions).toEqual([])
})
