import type { onboardingPasswordInput, opaqueResponse } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import { AppError } from '../../../errors.ts'
import type { AuthCall } from '../call.ts'
import { signInFailed } from '../sign-in-failed.ts'
import type { OnboardingDeps } from './onboarding.ts'

type Deps = Pick<OnboardingDeps, 'users' | 'passwords' | 'authSessions' | 'pendingSignIns'>

/** Name, and the first half of the registration of the own password. May be asked again: the last name counts. */
export const startFirstPassword = async (
  { users, passwords, pendingSignIns }: Deps,
  { connection }: AuthCall,
  input: z.output<typeof onboardingPasswordInput>,
): Promise<z.input<typeof opaqueResponse>> => {
  const pending = pendingSignIns.find(connection.signInToken, 'onboarding')
  if (pending === null) throw notNow()
  const { user } = pending.stage
  const namesake = await users.byName(input.user)
  if (namesake !== null && namesake.id !== user.id) {
    throw new AppError('conflict', 'Somebody else has this user name. Choose another one.')
  }
  const response = await passwords.startRegistration(user.id, input.request)
  if (!pendingSignIns.name(connection.signInToken, input.user)) throw notNow()
  return response
}

/** Stored at once: if the daemon dies now, the next sign-in with this password goes on with the second factor. */
export const finishFirstPassword = async (
  { users, passwords, authSessions, pendingSignIns }: Deps,
  { connection, audit }: AuthCall,
  record: string,
): Promise<{ ok: true }> => {
  const pending = pendingSignIns.find(connection.signInToken, 'onboarding')
  if (pending === null || pending.stage.name === null) throw notNow()
  const { user, bootstrap, name } = pending.stage
  audit.describe({ target: name })
  await passwords.setFirstRecord({ userId: user.id, name, record, bootstrap })
  // Launch tickets may have signed browsers in under the old name.
  authSessions.renamed(user.id, name)
  const named = await users.byId(user.id)
  if (named === null) throw signInFailed()
  if (!pendingSignIns.change(connection.signInToken, 'password_chosen', { state: 'enrolment', user: named })) {
    throw notNow()
  }
  return { ok: true }
}

const notNow = (): AppError =>
  new AppError('conflict', 'This step of the setup is over, or has not come yet. Load the page again.')
