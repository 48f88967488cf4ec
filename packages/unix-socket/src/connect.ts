import { lstatSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { WebSocket } from 'ws'
import { ownUid } from './own-uid.ts'
import { assertSocketPathFits } from './socket-path.ts'

/** This half is for the CLI: it must start fast, so nothing here may lead to native.ts. */

const defaultMaxPayloadBytes = 16 * 1024 * 1024
const handshakeTimeoutMs = 10_000

export interface ConnectOptions {
  /** Path of the HTTP upgrade, `/trpc` unless given. */
  readonly path?: string
  /** The largest message that we accept from the server, 16 MiB unless given. Larger ones close with 1009. */
  readonly maxPayloadBytes?: number
}

/** The socket belongs to somebody else, who would read what we type. Nothing was sent. */
export class ForeignSocketError extends Error {
  override readonly name = 'ForeignSocketError'
  readonly uid: number

  constructor(path: string, uid: number) {
    super(`the socket ${path} belongs to uid ${uid}, not to you (uid ${ownUid()}); nothing was sent`)
    this.uid = uid
  }
}

/**
 * `ws+unix:<socket path>:<path>`, for clients that take only a URL. ws splits it at the first colon, and the URL parser
 * escapes spaces and cuts at `?` and `#`; a socket path that does not survive that is refused with a TypeError, because
 * it would reach some other file. connectWebSocket() takes any path.
 */
export const webSocketUrl = (socketPath: string, path = '/trpc'): string => {
  const absolute = resolve(socketPath)
  assertSocketPathFits(absolute)
  const url = `ws+unix:${absolute}:${path}`
  if (absolute.includes(':') || new URL(url).pathname !== `${absolute}:${path}`) {
    throw new TypeError(
      `the path ${absolute} cannot be written as a ws+unix URL; choose a directory of plain letters with --data-dir`,
    )
  }
  return url
}

/**
 * With bigint on purpose: Node 20's realpathSync, which the module loader uses, stops halfway when the last file that anybody looked at with a plain
 * lstatSync was a socket. An import behind a symlink (pnpm) right after this would not find its own dependencies.
 */
const ownerOf = (path: string): number | undefined => {
  try {
    return Number(lstatSync(path, { bigint: true }).uid)
  } catch {
    // Missing or out of reach: connecting fails for the same reason, and says so in the event that callers listen to.
    return undefined
  }
}

/**
 * Opens a WebSocket to the daemon behind `socketPath`; failures to connect come as its `error` event. Throws at once
 * SocketPathTooLongError, and ForeignSocketError when `--data-dir` leads to a socket that another user planted.
 */
export const connectWebSocket = (socketPath: string, options: ConnectOptions = {}): WebSocket => {
  const path = resolve(socketPath)
  assertSocketPathFits(path)
  const owner = ownerOf(path)
  if (owner !== undefined && owner !== ownUid()) throw new ForeignSocketError(path, owner)
  return new WebSocket(`ws://localhost${options.path ?? '/trpc'}`, {
    // Not through ws+unix:, which breaks on some paths. The Host header is `localhost` either way.
    createConnection: () => connect({ path }),
    followRedirects: false,
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: options.maxPayloadBytes ?? defaultMaxPayloadBytes,
    // On one machine compression only costs: 64 % more CPU.
    perMessageDeflate: false,
  })
}

/** Errors that arrive wrapped (tRPC) carry the system's own as `cause`. */
const connectFailure = (error: unknown): string | undefined => {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; current = current.cause, depth += 1) {
    const { syscall, code } = current as NodeJS.ErrnoException
    if (syscall === 'connect') return code
  }
  return undefined
}

const nobodyServes = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK'])
const notForUs = new Set(['EACCES', 'EPERM'])

/**
 * Nobody serves the socket: the file is missing, dead, or not a socket. The CLI then says `daemon not running at …` and
 * exits 3 (W3).
 */
export const isDaemonUnreachable = (error: unknown): boolean => nobodyServes.has(connectFailure(error) ?? '')

/** There may be a daemon, but it is another user's. Starting one there would not help. */
export const isDaemonForbidden = (error: unknown): boolean =>
  error instanceof ForeignSocketError || notForUs.has(connectFailure(error) ?? '')
