import { AppError } from '../errors.ts'

/** The 429 of whatever counts wrong guesses. Whole seconds, at least one: a client that waits that long is let through. */
export const tooManyAttempts = (waitMs: number): AppError => {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new AppError('too_many_requests', `Too many wrong attempts. Try again in ${inWords(retryAfterSeconds)}.`, {
    retryAfterSeconds,
  })
}

/** `12 s`, `15 min`, `24 h`: rounded up, so that the time named is long enough. */
const inWords = (seconds: number): string => {
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`
}
