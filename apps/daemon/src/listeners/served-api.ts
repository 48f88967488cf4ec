import type { Connection } from '@sallyport/api/connection'
import type { AnyTRPCRouter } from '@trpc/server'

/** One refusal at the door, for the audit log. The api folds those of one peer, event and minute into one row (L1). */
export interface DoorRefusal {
  /** `peer`: refused at accept, before a byte was read. `request`: after its head was read. */
  readonly kind: 'peer' | 'request'
  /** An IP address, or `uid <n>`. */
  readonly peer: string
  readonly reason: string
  /** What was asked for: a method and path, or a host. It came from the peer: escaped and cut by whoever shows it. */
  readonly target: string | null
}

export interface LogDownload {
  readonly fileName: string
  readonly stream: AsyncIterable<Uint8Array>
}

/** `GET /sessions/<ref>/log`. `signal`: the request is over, whether or not the stream was read. Rejects with what `describeError` understands. */
export type DownloadLog = (
  connection: Connection,
  ref: string,
  format: 'raw' | 'plain',
  signal: AbortSignal,
) => Promise<LogDownload>

/**
 * What the listeners need of the api, in their own words: they are tested with any router, and know nothing of sessions or users. `daemon.ts` makes it
 * from `@sallyport/api`, once that is loaded.
 */
export interface ServedApi {
  readonly router: AnyTRPCRouter
  createContext(connection: Connection): object | Promise<object>
  /** Whether somebody with a role is there now: a live sign-in, or mode off on this machine. Not who is in the middle of a setup. */
  isSignedIn(connection: Connection): Promise<boolean>
  /** A connection that stays open begins; the answer is called once when it has closed. Revocation closes it through `connection.close`. */
  opened(connection: Connection): () => void
  readonly downloadLog: DownloadLog
  /** `{ status, sentence }` of an error of the api; anything unknown is a 500 that says nothing. */
  describeError(error: unknown): { readonly status: number; readonly sentence: string }
}
