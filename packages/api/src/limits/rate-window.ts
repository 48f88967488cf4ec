/** `burst` units at once, then `perSecond`. Fractions are fine: 10 per 10 minutes is `perSecond: 1 / 60, burst: 10`. */
export interface RateRule {
  readonly perSecond: number
  readonly burst: number
}

export interface RateState {
  /** What is left at `at`; below zero after `reserve`. */
  readonly tokens: number
  readonly at: number
}

export type RateDecision =
  | { readonly allowed: true; readonly state: RateState }
  | { readonly allowed: false; readonly state: RateState; readonly retryAfterMs: number }

/** A full bucket. */
export const fullWindow = (rule: RateRule, now: number): RateState => ({ tokens: rule.burst, at: now })

/** Token bucket as a pure function: may `cost` units pass now? A refusal costs nothing, so a patient peer always gets its rate. */
export const takeFromWindow = (state: RateState, rule: RateRule, now: number, cost = 1): RateDecision => {
  const refilled = refill(state, rule, now)
  if (refilled.tokens >= cost) return { allowed: true, state: { tokens: refilled.tokens - cost, at: now } }
  return { allowed: false, state: refilled, retryAfterMs: ((cost - refilled.tokens) / rule.perSecond) * 1000 }
}

/** Takes `cost` units whatever is left and says how long to wait for them. For work that is delayed and never refused. */
export const reserveInWindow = (
  state: RateState,
  rule: RateRule,
  now: number,
  cost: number,
): { readonly state: RateState; readonly waitMs: number } => {
  const tokens = refill(state, rule, now).tokens - cost
  return { state: { tokens, at: now }, waitMs: tokens >= 0 ? 0 : (-tokens / rule.perSecond) * 1000 }
}

/** True when forgetting the state changes nothing. */
export const isFullWindow = (state: RateState, rule: RateRule, now: number): boolean =>
  refill(state, rule, now).tokens >= rule.burst

/** A clock that was set back gives nothing and takes nothing. */
const refill = (state: RateState, rule: RateRule, now: number): RateState => {
  const elapsedMs = Math.max(0, now - state.at)
  return { tokens: Math.min(rule.burst, state.tokens + (elapsedMs / 1000) * rule.perSecond), at: now }
}
