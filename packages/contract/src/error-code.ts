/**
 * Every way in which the daemon says no. `code` is for programs, the message beside it for people. One table: the HTTP status and the CLI's exit code
 * of each (SPEC K2: 1 error, 2 usage, 3 daemon not running, 4 not found, 5 refused).
 */
export const errorCodes = {
  bad_request: { http: 400, exit: 2 },
  unauthenticated: { http: 401, exit: 5 },
  session_expired: { http: 401, exit: 5 },
  /** A sign-in, second factor or step-up that did not work. One answer for every reason: it says nothing about what exists. */
  sign_in_failed: { http: 401, exit: 5 },
  forbidden: { http: 403, exit: 5 },
  /** Signed in, but the last proof is older than five minutes (A10): prove yourself again and repeat the call. */
  step_up_required: { http: 403, exit: 5 },
  /** The procedure exists on the Unix socket only. */
  socket_only: { http: 403, exit: 5 },
  /** The procedure sets or clears a cookie and exists over HTTP only. */
  http_only: { http: 400, exit: 2 },
  not_found: { http: 404, exit: 4 },
  ambiguous: { http: 409, exit: 2 },
  /** The name is taken, or the session is in a state that does not allow it. */
  conflict: { http: 409, exit: 5 },
  too_large: { http: 413, exit: 2 },
  /** The master key of env sets is not here: `sallyport unlock`, or what the message says. Everything else works. */
  locked: { http: 503, exit: 5 },
  /** A stored value does not open: somebody changed the database. The message names env set and variable. */
  integrity: { http: 500, exit: 1 },
  /** The command could not be started: program or directory missing, not executable, arguments too long. */
  cannot_start: { http: 422, exit: 1 },
  too_many_requests: { http: 429, exit: 5 },
  /** All slots of a bounded resource are taken: sessions, streams, connections. */
  at_capacity: { http: 503, exit: 5 },
  /** The keeper, the database or the disk cannot serve right now. */
  unavailable: { http: 503, exit: 1 },
  internal: { http: 500, exit: 1 },
} as const satisfies Record<string, { http: number; exit: number }>

export type ErrorCode = keyof typeof errorCodes

/** What the error formatter adds to every tRPC error (`error.data`). No stack, no path of the server. */
export interface ErrorData {
  readonly code: ErrorCode
  readonly httpStatus: number
  readonly retryAfterSeconds?: number
}
