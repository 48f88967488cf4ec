/** The generator of ristretto255 (RFC 9496, A.1): what a client that knows no password can send as a point. */
const point = Buffer.from('e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76', 'hex')

/** One sign-in with a wrong password, over HTTP: well-formed OPAQUE messages (RFC 9807: KE1 and KE3) that prove nothing. Resolves with the status of the last answer. */
export const failedSignIn = async (origin: string): Promise<number> => {
  const post = (procedure: string, input: object, cookie: string): Promise<Response> =>
    fetch(`${origin}/trpc/${procedure}`, {
      method: 'POST',
      headers: { origin, cookie, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
  const request = Buffer.concat([point, Buffer.alloc(32, 1), point]).toString('base64url')
  const started = await post('auth.startSignIn', { request }, '')
  if (!started.ok) throw new Error(await started.text())
  const cookie = started.headers.getSetCookie().map((one) => one.split(';')[0])
  const finished = await post(
    'auth.finishSignIn',
    { finish: Buffer.alloc(64, 1).toString('base64url') },
    cookie.join('; '),
  )
  return finished.status
}
