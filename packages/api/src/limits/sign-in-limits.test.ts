import { createFakeClock } from '@sallyport/testing/fake-clock'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from '../errors.ts'
import { createSignInGuard, type StartedSignIn } from './sign-in-guard.ts'
import { decideSignIn, type SignInRules, type SignInState } from './sign-in-limits.ts'

/** Small, so that few steps cross every one of them. */
const rules: SignInRules = {
  windowMs: 10_000,
  perClient: 3,
  perProxy: 5,
  perSecond: 4,
  freePerAccount: 4,
  firstDelayMs: 500,
  maxDelayMs: 4000,
  closeAfter: 12,
  closedMs: 60_000,
}

const step = fc.record({
  waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 12_000 })),
  client: fc.nat({ max: 5 }),
  proxy: fc.option(fc.nat({ max: 1 })),
  device: fc.option(fc.nat({ max: 1 })),
  account: fc.nat({ max: 1 }),
  /** Earlier attempt that succeeds now, if it is still under way. */
  succeeds: fc.option(fc.nat({ max: 30 })),
  setBackMs: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 50_000 }) },
  ),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Long: left to itself, fast-check makes ten steps, and a closing takes more. */
const steps = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' })

interface Guess extends Step {
  /** True time: what a stopwatch beside the machine says. */
  readonly at: number
  readonly as: 'known_device' | 'stranger'
  readonly started: StartedSignIn
  hasSucceeded: boolean
}

/** Everything that was let through, with the clock of the machine set back now and then. */
const play = (steps: readonly Step[]): Guess[] => {
  const clock = createFakeClock()
  const guard = createSignInGuard(clock, rules)
  const guesses: Guess[] = []
  let at = 0
  for (const one of steps) {
    at += one.waitMs
    clock.advance(one.waitMs - one.setBackMs)
    const late = one.succeeds === null ? undefined : guesses[one.succeeds]
    if (late !== undefined) {
      late.started.succeeded()
      late.hasSucceeded = true
    }
    try {
      const started = guard.begin({
        client: `10.0.0.${one.client}`,
        peer: one.proxy === null ? `10.0.0.${one.client}` : `192.0.2.${one.proxy}`,
        viaTrustedProxy: one.proxy !== null,
        device: one.device === null ? null : `device-${one.device}`,
        account: `account-${one.account}`,
        closedUntil: null,
        failedSignIns: 0,
      })
      const as = started.countsAgainstAccount ? 'stranger' : 'known_device'
      guesses.push({ ...one, at, as, started, hasSucceeded: false })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
  }
  return guesses
}

const mostIn = (windowMs: number, guesses: readonly Guess[]): number =>
  Math.max(0, ...guesses.map(({ at }) => guesses.filter((other) => other.at >= at && other.at < at + windowMs).length))
const groups = (guesses: readonly Guess[], keyOf: (guess: Guess) => unknown): Guess[][] =>
  [...new Set(guesses.map(keyOf))].map((key) => guesses.filter((guess) => keyOf(guess) === key))

it('whatever the interleaving, nobody gets more wrong guesses in any window than the rules say', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const guesses = play(played)
      const strangers = guesses.filter(({ as }) => as === 'stranger')
      const wrong = (some: readonly Guess[]) => some.filter(({ hasSucceeded }) => !hasSucceeded)

      for (const client of groups(wrong(strangers), (guess) => guess.client)) {
        expect(mostIn(rules.windowMs, client)).toBeLessThanOrEqual(rules.perClient)
      }
      for (const proxy of groups(wrong(strangers.filter((guess) => guess.proxy !== null)), (guess) => guess.proxy)) {
        expect(mostIn(rules.windowMs, proxy)).toBeLessThanOrEqual(rules.perProxy)
      }
      const known = wrong(guesses.filter(({ as }) => as === 'known_device'))
      for (const device of groups(known, (guess) => `${guess.account} ${guess.device}`)) {
        expect(mostIn(rules.windowMs, device)).toBeLessThanOrEqual(rules.perClient)
      }
      expect(mostIn(1000, strangers)).toBeLessThanOrEqual(rules.perSecond)
    }),
    { numRuns: 300 },
  )
})

it('strangers get no more guesses at an account than its delays and its closing leave, from however many addresses', () => {
  fc.assert(
    fc.property(steps, (played) => {
      // Nobody succeeds: all of them guess.
      const strangers = play(played.map((one) => ({ ...one, succeeds: null }))).filter(({ as }) => as === 'stranger')
      for (const account of groups(strangers, (guess) => guess.account)) {
        for (const [index, { at, started }] of account.entries()) {
          // After a closing everything begins anew.
          const n = index % rules.closeAfter
          expect(started.closesAccount).toBe(n + 1 === rules.closeAfter)
          const before = account[index - 1]
          if (before === undefined || (n > 0 && n < rules.freePerAccount)) continue
          const delayMs =
            n === 0 ? rules.closedMs : Math.min(rules.maxDelayMs, rules.firstDelayMs * 2 ** (n - rules.freePerAccount))
          expect(at - before.at).toBeGreaterThanOrEqual(delayMs)
        }
      }
    }),
    { numRuns: 300 },
  )
})

const attempts = fc
  .array(fc.integer({ min: -12_000, max: 3000 }), { maxLength: 5 })
  .map((all) => all.toSorted((a, b) => a - b))
const state: fc.Arbitrary<SignInState> = fc.record({
  everybody: attempts,
  client: attempts,
  proxy: fc.option(attempts),
  device: fc.option(attempts),
  account: fc.record({
    failures: fc.nat({ max: 20 }),
    lastAt: fc.option(fc.integer({ min: -12_000, max: 3000 })),
    closedUntil: fc.option(fc.integer({ min: -1000, max: 200_000 })),
  }),
})

it('a wait that was named is long enough, and one millisecond less is not', () => {
  fc.assert(
    fc.property(state, (before) => {
      const refused = decideSignIn(before, rules, 0)
      if (refused.allowed) return
      expect(refused.waitMs).toBeGreaterThan(0)
      expect(refused.waitMs).toBeLessThanOrEqual(Math.max(rules.windowMs, rules.closedMs))
      // As soon as its own bucket has a place, a known device waits for nobody else.
      const early = decideSignIn(refused.state, rules, refused.waitMs - 1)
      expect(early.allowed && early.as === 'stranger').toBe(false)
      expect(decideSignIn(refused.state, rules, refused.waitMs).allowed).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

/** So that every stranger is refused, and nothing of theirs changes. */
const full = new Array<number>(rules.perSecond).fill(0)

it('a known device with a place in its own bucket is let in, whatever everybody else did', () => {
  fc.assert(
    fc.property(state, (before) => {
      const decision = decideSignIn({ ...before, device: [] }, rules, 0)
      expect(decision).toMatchObject({ allowed: true, as: 'known_device', closesAccount: false })
      if (!decision.allowed) return
      // And leaves no trace among the strangers: they are where they would be had it never come.
      const { device: _with, ...strangers } = decision.state
      const { device: _without, ...alone } = decideSignIn({ ...before, everybody: full, device: null }, rules, 0).state
      expect({ ...strangers, everybody: [] }).toEqual({ ...alone, everybody: [] })
    }),
  )
})
