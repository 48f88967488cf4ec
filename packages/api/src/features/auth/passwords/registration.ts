import type { AuthConfig, Clock } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import type { UserStore } from '../users/user.store.ts'
import type { Bootstrap, BootstrapPassword } from './bootstrap-password.ts'
import { loadOpaque, refusingMessages } from './load-opaque.ts'
import type { OpaqueSetup } from './opaque-setup.ts'

/** Setting passwords in mode accounts. In modes password and ephemeral all of these throw `conflict`. */
export interface Registration {
  startRegistration(userId: string, request: string): Promise<{ readonly subject: string; readonly response: string }>
  /** Throws bad_request for a record that is none. */
  setRecord(userId: string, record: string): Promise<void>
  /**
   * Name and own password of somebody who came with the bootstrap password. Throws bad_request when it is the bootstrap password again, conflict when another
   * setup was faster or the name is taken.
   */
  setFirstRecord(o: {
    readonly userId: string
    readonly name: string
    readonly record: string
    readonly bootstrap: BootstrapPassword
  }): Promise<void>
  /** Both halves of a registration here: resets on the socket. Throws bad_request when the password breaks a rule (A3), which asks less of one with a second factor beside it. */
  setText(userId: string, password: string, hasSecondFactor?: boolean): Promise<void>
}

export const createRegistration = (deps: {
  readonly users: UserStore
  readonly clock: Clock
  readonly config: AuthConfig
  readonly serverId: string
  readonly setup: OpaqueSetup
  readonly bootstrap: Bootstrap
  readonly canChange: boolean
}): Registration => {
  const { users, clock, serverId, setup, config } = deps
  const { stretching } = config

  const demandChangeable = (): void => {
    if (deps.canChange) return
    throw new AppError('conflict', 'The password of this daemon is chosen where it is started, not here.')
  }

  const demandRecord = async (record: string): Promise<void> => {
    demandChangeable()
    const opaque = await loadOpaque()
    if (!opaque.isRegistrationRecord(record)) throw new AppError('bad_request', 'This is no record of a password.')
  }

  const demandRules = async (userName: string, password: string, hasSecondFactor: boolean): Promise<void> => {
    const { passwordProblem } = await import('@sallyport/contract/password-rules')
    // Where the second factor is required nobody signs in without one.
    const minLength = hasSecondFactor || config.requireSecondFactor ? 8 : 15
    const given = deps.bootstrap.current()?.text.reveal()
    const forbidden = given === undefined ? [userName] : [userName, given]
    const problem = passwordProblem({ password, minLength, forbidden })
    if (problem !== null) throw new AppError('bad_request', problem)
  }

  return {
    startRegistration: async (userId, request) => {
      demandChangeable()
      const opaque = await loadOpaque()
      const own = await setup.get()
      return refusingMessages(opaque, () => ({
        subject: userId,
        response: opaque.startServerRegistration({ setup: own, subject: userId, request }).response,
      }))
    },
    setRecord: async (userId, record) => {
      await demandRecord(record)
      await users.setPassword(userId, record, clock.now())
    },
    setFirstRecord: async ({ userId, name, record, bootstrap }) => {
      await demandRecord(record)
      const opaque = await loadOpaque()
      const registered = { setup: await setup.get(), subject: userId, serverId, record, stretching }
      // The page compares too; this is for whoever writes a client.
      if (opaque.verifyPassword({ ...registered, password: bootstrap.text.reveal() })) {
        throw new AppError('bad_request', 'Choose a password of your own, not the setup password again.')
      }
      if (await users.setFirstPassword({ id: userId, name, record, at: clock.now() })) return
      throw new AppError('conflict', 'This account has a password already. Sign in with it.')
    },
    setText: async (userId, password, hasSecondFactor = false) => {
      demandChangeable()
      const user = await users.byId(userId)
      if (user === null) throw new AppError('not_found', 'There is no such user.')
      await demandRules(user.name, password, hasSecondFactor)
      const opaque = await loadOpaque()
      const own = await setup.getOrStartOver()
      const record = opaque.registerPassword({ setup: own, subject: userId, serverId, password, stretching })
      await users.setPassword(userId, record, clock.now())
    },
  }
}
