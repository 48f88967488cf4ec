import { AppError } from '../../errors.ts'

/** The one answer to every sign-in, code or step-up that did not work, whatever the reason: status, body and length are the same for all (A2). */
export const signInFailed = (): AppError =>
  new AppError('sign_in_failed', 'That did not work. Check what you typed and try again.')
