import type { SignInStep } from '@sallyport/contract/sign-in'
import { limits } from '../../../limits/limits.ts'
import type { AuthCall } from '../call.ts'
import type { BootstrapPassword } from '../passwords/bootstrap-password.ts'
import { signInFailed } from '../sign-in-failed.ts'
import type { StoredUser } from '../users/user.store.ts'
import { cookiesOf, endFormer } from './complete-sign-in.ts'
import type { SignInStage } from './pending-sign-ins.ts'
import type { SignInDeps } from './sign-in.ts'
import { nextState, passwordProved, type SignInState } from './sign-in-flow.ts'
import { unchangedUser } from './unchanged-user.ts'

/** Last message of the password's part. Signed in at once only where nothing else is asked. */
export const finishSignIn = async (deps: SignInDeps, call: AuthCall, finish: string): Promise<{ next: SignInStep }> => {
  const cookies = cookiesOf(call.connection)
  // Gone before it is looked at: OPAQUE accepts the same last message twice.
  const pending = deps.pendingSignIns.take(call.connection.signInToken, 'started')
  if (pending === null) throw signInFailed()
  const { user: started, login, proved } = pending.stage
  if (started !== null) call.audit.describe({ target: started.name })

  const isRight = await deps.passwords.finishLogin(login, finish)
  const user = isRight && started !== null ? await unchangedUser(deps.users, started) : null
  if (user === null) {
    cookies.clear('sign_in')
    throw signInFailed()
  }
  await proved()

  const { bootstrap } = login
  const event = passwordProved({
    isBootstrap: bootstrap !== null,
    isEnrolled: await deps.secondFactors.isEnrolled(user.id),
    isFactorRequired: deps.secondFactorRequired,
  })
  const next = nextState('started', event)
  if (next === 'signed_in') {
    await deps.completeSignIn(call, user, user.name, pending.endings)
    return { next }
  }
  const stage = stageOf(next, user, bootstrap)
  await call.audit.commit({ target: `${user.name} (${stage.state})` })
  // A setup needs a browser that is nobody else: who it is signed in as would count first.
  if (stage.state !== 'second_factor') {
    await endFormer(deps.authSessions, call)
    cookies.clear('session')
  }
  const cookie = deps.pendingSignIns.moveOn(pending, event, stage)
  cookies.set('sign_in', cookie.token, cookie.maxAgeSeconds)
  return { next: stage.state }
}

const stageOf = (
  next: SignInState | null,
  user: StoredUser,
  bootstrap: BootstrapPassword | null,
): Exclude<SignInStage, { state: 'started' }> => {
  if (next === 'second_factor') return { state: next, user, triesLeft: limits.secondFactor.triesPerSignIn }
  if (next === 'enrolment') return { state: next, user }
  if (next === 'onboarding' && bootstrap !== null) return { state: next, user, bootstrap, name: null }
  throw new Error(`a right password leads nowhere: ${next}`)
}
