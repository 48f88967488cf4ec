import { expect, test } from 'vitest'
import { GOOD_TOKEN, startListener } from '../testing/listening.ts'
import { rawRequest } from '../testing/raw-http.ts'

type Listening = Awaited<ReturnType<typeof startListener>>

const post = (daemon: Listening, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${daemon.url}/trpc/${path}`, {
    method: 'POST',
    headers: { Origin: daemon.url, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test('the cookie is set with the port in its name, and counts only when it stands alone', async () => {
  await using daemon = await startListener()
  const name = `sallyport_${daemon.port}`
  const { headers } = await post(daemon, 'setCookie', {})
  expect(headers.getSetCookie()).toEqual([`${name}=${GOOD_TOKEN}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict`])
  const tokenOf = async (cookie: string[]) => {
    const lines = [
      'GET /trpc/connection HTTP/1.1',
      `Host: localhost:${daemon.port}`,
      ...cookie.map((value) => `Cookie: ${value}`),
    ]
    return JSON.parse((await rawRequest(daemon, lines)).body).result.data.cookieToken as string | null
  }
  expect(await tokenOf([`${name}=${GOOD_TOKEN}`])).toBe(GOOD_TOKEN)
  expect(await tokenOf([`${name}=${GOOD_TOKEN}; ${name}=planted`])).toBeNull()
  expect(await tokenOf([`${name}=planted`, `${name}=${GOOD_TOKEN}`])).toBeNull()
  expect(await tokenOf([`sallyport_1=${GOOD_TOKEN}`])).toBeNull()
  // Over http the names of https are anybody's.
  expect(await tokenOf([`__Host-sallyport=${GOOD_TOKEN}`])).toBeNull()
})

test('each of the three cookies is read under its own name', async () => {
  await using daemon = await startListener()
  const cookie = ['sallyport', 'sallyport_sign_in', 'sallyport_device'].map((name) => `${name}_${daemon.port}=${name}`)
  const answer = await fetch(`${daemon.url}/trpc/connection`, { headers: { Cookie: cookie.join('; ') } })
  expect(await answer.json()).toMatchObject({
    result: {
      data: {
        cookieToken: 'sallyport',
        signInToken: 'sallyport_sign_in',
        deviceToken: 'sallyport_device',
      },
    },
  })
})

test('a refusal says when to come back, in a batch for the call that has to wait longest', async () => {
  await using daemon = await startListener()
  const one = await post(daemon, 'tooMany', { seconds: 7.2 })
  expect([one.status, one.headers.get('retry-after')]).toEqual([429, '8'])
  const batch = await post(daemon, 'tooMany,length,tooMany,tooMany?batch=1', {
    0: { seconds: 5 },
    1: { text: 'x' },
    2: { seconds: 600 },
    3: { seconds: 60 },
  })
  expect([batch.status, batch.headers.get('retry-after')]).toEqual([207, '600'])
  expect((await post(daemon, 'length', { text: 'x' })).headers.get('retry-after')).toBeNull()
})

test('a batch that asks to be streamed is answered whole: its head can still carry a cookie and Retry-After', async () => {
  await using daemon = await startListener()
  for (const asks of [{ 'trpc-accept': 'application/jsonl' }, { Accept: 'application/jsonl' }]) {
    const answer = await post(
      daemon,
      'setCookie,tooMany?batch=1',
      { 1: { seconds: 9 } },
      asks as Record<string, string>,
    )
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('retry-after')).toBe('9')
    expect(answer.headers.getSetCookie()).toHaveLength(1)
    expect(await answer.json()).toHaveLength(2)
  }
})
