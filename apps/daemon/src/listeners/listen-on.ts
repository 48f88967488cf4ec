import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostNameOfAddress } from './host-header.ts'

/** The message is a sentence for people. */
export class CannotListenError extends Error {
  override readonly name = 'CannotListenError'
}

export interface ListenPlace {
  /** `localhost`, an address of this machine, or `0.0.0.0` or `::` for all of them. */
  readonly host: string
  /** 0: any port that is free on all addresses. */
  readonly port: number
}

const RANDOM_PORT_ATTEMPTS = 10
const LOOPBACK_6 = '::1'

interface Address {
  readonly address: string
  /** The machine may have no IPv6: then there is no such address that a squatter could take. */
  readonly isOptional: boolean
}

/**
 * What one host stands for. The loopback addresses are always among them: `http://localhost:<port>` stays the daemon's own address, and browsers try ::1 first for it:
 * a stranger's program there would be shown instead of us, with our name and our cookies. `::` is said as two addresses, because whether it takes IPv4 along
 * is a setting of the kernel.
 */
const addressesOf = (host: string): readonly Address[] => {
  const required = (address: string): Address => ({ address, isOptional: false })
  if (host === '0.0.0.0') return [required(host), { address: LOOPBACK_6, isOptional: true }]
  if (host === '::') return [required('0.0.0.0'), required(host)]
  const loopbacks = [required('127.0.0.1'), { address: LOOPBACK_6, isOptional: true }]
  return host === 'localhost' ? loopbacks : [...loopbacks, required(host)]
}

const listen = async (server: Server, host: string, port: number): Promise<number> => {
  server.listen({ host, port, exclusive: true, ipv6Only: true })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const close = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()))

const isAbsent = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'

const explain = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  if (error.code === 'EADDRINUSE') {
    return new CannotListenError(
      `port ${port} is in use: something else listens on ${hostNameOfAddress(host)}:${port}. Stop it, or choose another port with --port (Sallyport needs the port on both 127.0.0.1 and ::1)`,
    )
  }
  if (error.code === 'EACCES')
    return new CannotListenError(`port ${port} is not allowed for this user; choose one above 1023 with --port`)
  if (isAbsent(error) || error.code === 'EINVAL')
    return new CannotListenError(`${host} is not an address of this machine; choose another with --host`)
  return error
}

const listenOnce = async (makeServer: () => Server, { host, port }: ListenPlace): Promise<Listening | Failed> => {
  const servers: Server[] = []
  let got = port
  for (const { address, isOptional } of addressesOf(host)) {
    const server = makeServer()
    try {
      got = await listen(server, address, got)
      servers.push(server)
    } catch (error) {
      if (isOptional && isAbsent(error as NodeJS.ErrnoException)) continue
      await Promise.all(servers.map(close))
      const isFirst = servers.length === 0
      return { error: error as NodeJS.ErrnoException, address, port: got, isFirst }
    }
  }
  return { servers, port: got }
}

interface Listening {
  readonly servers: Server[]
  readonly port: number
}
interface Failed {
  readonly error: NodeJS.ErrnoException
  readonly address: string
  readonly port: number
  readonly isFirst: boolean
}

/**
 * Binds one port on every address that the host stands for (W6), or on none.
 * @throws CannotListenError naming the port or the address
 */
export const listenOn = async (makeServer: () => Server, place: ListenPlace): Promise<Listening> => {
  for (let attempt = 1; ; attempt += 1) {
    const result = await listenOnce(makeServer, place)
    if ('servers' in result) return result
    const { error, address, port, isFirst } = result
    // A random port of one address may be taken on another: draw again.
    const isBadLuck = place.port === 0 && !isFirst && error.code === 'EADDRINUSE' && attempt < RANDOM_PORT_ATTEMPTS
    if (!isBadLuck) throw explain(error, address, port)
  }
}
