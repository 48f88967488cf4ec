import type { SealedSecrets } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import type { UserStore } from '../users/user.store.ts'

/**
 * OPAQUE's server setup of mode accounts. Every password record is bound to it, and with it a stolen record can be guessed at: it lies sealed and outside
 * the database. A setup that got lost is never made anew in silence: every password would then look wrong, and nobody would know why.
 */
export interface OpaqueSetup {
  /** Made when nobody has a password yet. Throws `unavailable` when it is missing although somebody has, or cannot be read. */
  get(): Promise<string>
  /** For a reset on the machine itself: where `get` would say that it is missing, all passwords are forgotten and a new one is made. */
  getOrStartOver(): Promise<string>
}

export const createOpaqueSetup = (deps: {
  readonly sealedSecrets: SealedSecrets
  readonly users: UserStore
  readonly newSetup: () => Promise<string>
}): OpaqueSetup => {
  let known: string | null = null

  const make = async (): Promise<string> => {
    const fresh = await deps.newSetup()
    let setup = fresh
    await deps.sealedSecrets.update((secrets) => {
      // Two first sign-ins at once: the one that comes second takes what the first one made.
      setup = secrets.opaqueSetup ?? fresh
      return secrets.opaqueSetup === null ? { ...secrets, opaqueSetup: fresh } : secrets
    })
    return setup
  }

  const readOrMake = async (startOver: boolean): Promise<string> => {
    const stored = await reading(deps.sealedSecrets.read())
    if (stored.opaqueSetup !== null) return stored.opaqueSetup
    const somebodyHasPassword = (await deps.users.all()).some(({ passwordRecord }) => passwordRecord !== null)
    if (somebodyHasPassword && !startOver) throw missing()
    // Before the new one exists: a record of the old setup under a new one would only ever say "wrong password".
    if (somebodyHasPassword) await deps.users.forgetPasswords()
    return reading(make())
  }

  const get = async (startOver: boolean): Promise<string> => {
    known ??= await readOrMake(startOver)
    return known
  }
  return { get: () => get(false), getOrStartOver: () => get(true) }
}

const missing = (): AppError =>
  new AppError(
    'unavailable',
    'The file with the sign-in secrets is missing, so no password can be checked. Restore it from a backup and restart the daemon, or set a new password with `sallyport auth reset-password`.',
  )

/** What the file's door says names paths; it goes to the log as the cause and not to whoever tries to sign in. */
const reading = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'The file with the sign-in secrets cannot be read or written, so no password can be checked. The log of the daemon says why. Restore it from a backup, or move it away and set a new password with `sallyport auth reset-password`.',
      { cause },
    )
  }
}
