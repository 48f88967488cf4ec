import type { opaqueResponse, startSignInInput } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits/limits.ts'
import type { StartedSignIn } from '../../../limits/sign-in-guard.ts'
import type { AuthCall } from '../call.ts'
import type { Credential } from '../passwords/passwords.ts'
import type { StoredUser } from '../users/user.store.ts'
import { cookiesOf } from './complete-sign-in.ts'
import { knownDevice } from './known-device.ts'
import type { SignInDeps } from './sign-in.ts'

/**
 * First message of a sign-in. Its answer tells the client already whether the password is right, so the try is counted now, as a failure until it succeeds. Names
 * that nobody has take the same path with an invented subject: same calls, same shape, same statements.
 */
export const startSignIn = async (
  deps: SignInDeps,
  call: AuthCall,
  input: z.output<typeof startSignInInput>,
): Promise<z.input<typeof opaqueResponse>> => {
  if (deps.mode === 'off')
    throw new AppError('conflict', 'Sign-in is off on this daemon: there is nothing to sign in to.')
  const cookies = cookiesOf(call.connection)
  const credential = await deps.passwords.credentialOf(input.user)
  const { user, subject } = credential
  const device = knownDevice(deps, call.connection, user?.id)
  const attempt = begin(deps, call, { user, subject, device })

  const { response, state: login } = await deps.passwords.startLogin(credential, input.request)
  await countAsFailure(deps, call, { subject, user, attempt })

  // The cookie stands for one sign-in: what it stood for until now is given up.
  deps.pendingSignIns.drop(call.connection.signInToken)
  const cookie = deps.pendingSignIns.begin(
    { address: call.connection.address, device },
    {
      state: 'started',
      user,
      login,
      proved: async () => {
        attempt.succeeded()
        // Where this one closed the account, it was the guess too many, and right.
        await (attempt.closesAccount ? deps.users.clearFailures(subject) : deps.users.countSuccess(subject))
      },
      abandoned: () => recordFailure(deps, call, user, 'abandoned'),
    },
  )
  cookies.set('sign_in', cookie.token, cookie.maxAgeSeconds)
  return { subject, response }
}

/** Takes the point (A13), where there is room for one more. A start that a limit refused is in the audit log as well. */
const begin = (
  deps: SignInDeps,
  call: AuthCall,
  { subject, user, device }: Pick<Credential, 'subject' | 'user'> & { readonly device: string | null },
): StartedSignIn => {
  const { address, peerAddress, viaTrustedProxy, signInToken } = call.connection
  try {
    deps.pendingSignIns.demandRoom({ address, device }, signInToken)
    return deps.signInGuard.begin({
      client: address,
      peer: peerAddress,
      viaTrustedProxy,
      device,
      account: subject,
      closedUntil: user?.closedUntil ?? null,
      failedSignIns: user?.failedSignIns ?? 0,
    })
  } catch (error) {
    if (error instanceof AppError) recordFailure(deps, call, user, error.errorCode)
    throw error
  }
}

const countAsFailure = async (
  deps: SignInDeps,
  { connection }: AuthCall,
  failure: { readonly subject: string; readonly user: StoredUser | null; readonly attempt: StartedSignIn },
): Promise<void> => {
  const { subject, user, attempt } = failure
  // A stranger is let through only when the closing has passed: the count that led to it goes with it.
  if (attempt.countsAgainstAccount && user !== null && user.closedUntil !== null)
    await deps.users.clearFailures(user.id)
  // An invented subject too: it takes as long.
  if (attempt.countsAgainstAccount) await deps.users.countFailure(subject)
  if (!attempt.closesAccount || user === null) return
  await deps.users.close(user.id, deps.clock.now() + limits.signIn.closedMs)
  await deps.audit.write({
    actor: 'anonymous',
    event: 'account.closed',
    target: user.name,
    outcome: 'ok',
    session: null,
    reason: 'too_many_failures',
    address: connection.address,
    count: 1,
  })
}

/** Named only when it is a user: people type passwords into name fields. */
const recordFailure = (deps: SignInDeps, { connection }: AuthCall, user: StoredUser | null, reason: string): void =>
  deps.refusals.record({
    event: 'sign_in.failed',
    actor: 'anonymous',
    address: connection.address,
    target: user?.name ?? null,
    reason,
  })
