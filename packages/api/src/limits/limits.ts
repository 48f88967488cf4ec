const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000
const MINUTE = 60 * SECOND

/** Every number that bounds a peer, with its reason (SPEC W11, W16, O3, A13, L1). The listeners get theirs from here. */
export const limits = {
  http: {
    timeouts: {
      /** A browser sends its headers at once; slower than this is somebody holding sockets open. */
      headersMs: 10 * SECOND,
      requestMs: 30 * SECOND,
      /** Node looks at the two timeouts above only this often; its own default of 30 s makes them come late. */
      checkEveryMs: SECOND,
    },
    maxHeaderBytes: 16 * KIB,
    /** The largest honest body is `session.create` with 512 KiB of arguments and environment; somebody without a sign-in has nothing to send but a ticket. */
    maxBodyBytes: { signedIn: MIB, other: 64 * KIB },
    /** tRPC would run hundreds of calls of one request. */
    maxBatch: 10,
  },
  webSocket: {
    maxPayloadBytes: MIB,
    /** Under the 30 s after which the strictest proxies in use close an idle connection. */
    pingEveryMs: 25 * SECOND,
    /** Two pings without an answer: the peer is gone, its slots are freed. */
    deadAfterMs: 60 * SECOND,
    maxBatch: 10,
    /** Output streams stop at their window long before; what is left are answers, of which a client that reads never has this much waiting. */
    unreadMaxBytes: 32 * MIB,
  },
  /** One browser uses about six; 64 leaves room for tabs, 512 is what idle sockets may cost us in memory and descriptors. */
  connections: { total: 512, perAddress: 64 },
  /** Calls that are not input or acknowledgements: a person clicks, a page loads with a handful at once. */
  control: { perSecond: 20, burst: 40 },
  /**
   * Open streams of one connection. A page has one of each kind, two while it navigates, and a CLI one; each of `session.changes` holds a set of ids and is
   * told of every change, and no other slot counts it (O3 counts output).
   */
  subscriptions: { perConnection: 32, perPath: { 'session.changes': 8 } },
  /** One acknowledgement per 64 KiB frame and stream: 16 streams at full speed stay under this. */
  ack: { perSecond: 2000, burst: 4000 },
  /** Bytes. A fast typist is under 100 B/s; the burst lets a pasted file of 1 MiB through at once. */
  input: { perSecond: 256 * KIB, burst: MIB },
  /** What a call of input counts at least, so that empty writes are not free. */
  inputMinBytes: 64,
  /**
   * Input that waits here makes the connection stop reading. Twice what our own clients send ahead of their answers: whoever is here again and again for
   * `abuse.closeAfterMs` waits for nothing. Where reading cannot stop, the peer is closed beyond the second number.
   */
  inputQueue: { pauseAtBytes: 2 * MIB, closeAtBytes: 16 * MIB },
  /** A peer over a limit for this long without a quiet moment of `calmMs` does not listen: closed with 1008. */
  abuse: { closeAfterMs: 10 * SECOND, calmMs: 2 * SECOND },
  /** 256 bits cannot be guessed; this keeps the log of somebody who tries short. A13: own bucket, apart from sign-in. */
  ticketFailures: { max: 10, windowMs: 10 * MINUTE },
  ticket: { lifetimeMs: MINUTE, maxPending: 100 },
  /** A13. Failed sign-ins; a point is taken when one starts and given back when it succeeds. The configuration may raise the first three. */
  signIn: {
    windowMs: 10 * MINUTE,
    /** One client address (IPv6: its /64), and a device that signed in before. A person who forgot which password it was needs fewer. */
    perClient: 10,
    /** All clients together that one listed proxy speaks for. */
    perProxy: 300,
    /** Everybody together. The first answer costs the daemon 2 ms: a tenth of one core. */
    perSecond: 50,
    /** Wrong guesses at one account from unknown devices before each further one has to wait. */
    freePerAccount: 5,
    firstDelayMs: SECOND,
    maxDelayMs: 15 * MINUTE,
    /** In a row: password sign-in from unknown devices closes for `closedMs`, or until `sallyport auth unlock`. */
    closeAfter: 100,
    closedMs: 24 * 60 * MINUTE,
    /** How long a browser is a known device. */
    deviceLifetimeMs: 400 * 24 * 60 * MINUTE,
  },
  /** Sign-ins between their first and second message (A2), and those that wait for a second factor. */
  pendingSignIn: {
    lifetimeMs: MINUTE,
    max: 1000,
    perClient: 10,
    secondFactorMs: 10 * MINUTE,
    onboardingMs: 24 * 60 * MINUTE,
  },
  /** A5. Three codes of a million are good at a time: at this rate one guesser in three hundred gets in within a day, and needs the password first. */
  secondFactor: {
    triesPerSignIn: 5,
    perAccount: { max: 10, windowMs: 15 * MINUTE },
    /** Authenticators that are being set up; the oldest are forgotten first. */
    enrolment: { lifetimeMs: 10 * MINUTE, tries: 5, max: 1000 },
  },
  bootstrapPassword: { lifetimeMs: 24 * 60 * MINUTE },
  /** A10. `failures` are of one auth session: somebody with a stolen cookie has these to find the password. */
  stepUp: { lifetimeMs: 5 * MINUTE, pendingMs: MINUTE, failures: { max: 10, windowMs: 10 * MINUTE } },
  /** Addresses, devices, accounts: of each kind as many are remembered, and the one that was used least recently goes first. */
  maxRemembered: 10_000,
  /** Rows of "recent security events". */
  securityEvents: 50,
  authSession: {
    /** Rows of ended auth sessions tell an expired token from a dead one for this long (A9). */
    keepEndedMs: 30 * 24 * 60 * MINUTE,
    /** `lastUsedAt` is for people: one write a minute is exact enough, and keeps SQLite away from keystrokes. */
    touchEveryMs: MINUTE,
  },
  /** What one rotation seals anew in one transaction, for which everybody else waits: 50 MB at the most. */
  envSets: { max: 200 },
  audit: {
    groupRows: 100,
    groupMs: 20,
    /** L1: refusals of one peer with one event within this time are one row with a count. */
    foldMs: MINUTE,
    foldedRowsPerHour: 1000,
    /** Longest text of one column: a hostile name must not fill the disk. */
    maxTextLength: 512,
    /** Rows waiting for a slow disk; beyond it calls are refused, because an unbounded queue ends in no daemon at all. */
    maxWaitingRows: 10_000,
  },
} as const
