import type { Actor } from '../../../access/actor.ts'
import { AppError } from '../../../errors.ts'

export type SignedInUser = Extract<Actor, { kind: 'user' }>

/** For what belongs to the auth session of a browser. `admit` has refused everybody without a role; two are left who have a role and no account here. */
export const signedInUser = (actor: Actor): SignedInUser => {
  if (actor.kind === 'user') return actor
  if (actor.kind === 'local') {
    throw new AppError(
      'conflict',
      'This belongs to a signed-in browser. `sallyport auth` does it on the machine itself.',
    )
  }
  throw new AppError('conflict', 'Sign-in is off on this daemon, so there is no account to look at or change.')
}
