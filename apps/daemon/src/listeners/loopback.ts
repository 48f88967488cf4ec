import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The message is a sentence for people. */
export class CannotListenError extends Error {
  override readonly name = 'CannotListenError'
}

const RANDOM_PORT_ATTEMPTS = 10
const FIRST = '127.0.0.1'
const SECOND = '::1'

const listen = async (server: Server, host: string, port: number): Promise<number> => {
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const close = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()))

const explain = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  const where = host === SECOND ? `[${host}]:${port}` : `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    return new CannotListenError(
      `port ${port} is in use: something else listens on ${where}. Stop it, or choose another port with --port (Sallyport needs the port on both 127.0.0.1 and ::1)`,
    )
  }
  if (error.code === 'EACCES')
    return new CannotListenError(`port ${port} is not allowed for this user; choose one above 1023 with --port`)
  return error
}

/** The machine has no IPv6 on its loopback: then there is no second address that a squatter could take. */
const isIpv6Absent = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'

/**
 * Binds one port on 127.0.0.1 and ::1 (W6). Browsers try ::1 first for `localhost`: a stranger's program there would be shown instead of us, with our
 * name and our cookies, so both are ours or the daemon does not start. Port 0: any port that is free on both.
 * @throws CannotListenError naming the port
 */
export const listenOnLoopback = async (
  makeServer: () => Server,
  port: number,
): Promise<{ servers: Server[]; port: number }> => {
  for (let attempt = 1; ; attempt += 1) {
    const first = makeServer()
    const got = await listen(first, FIRST, port).catch((error: NodeJS.ErrnoException) => {
      throw explain(error, FIRST, port)
    })
    const second = makeServer()
    const failure = await listen(second, SECOND, got).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    )
    if (failure === undefined) return { servers: [first, second], port: got }
    if (isIpv6Absent(failure)) return { servers: [first], port: got }
    await close(first)
    // A random port of IPv4 may be taken on IPv6: draw another.
    if (port !== 0 || failure.code !== 'EADDRINUSE' || attempt === RANDOM_PORT_ATTEMPTS)
      throw explain(failure, SECOND, got)
  }
}
