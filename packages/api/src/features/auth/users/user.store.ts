import { type Role, role as roleSchema } from '@sallyport/contract/auth'
import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { Database } from '@sallyport/database/database'
import type { Clock } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'

/** Times are ms since the epoch. */
export interface StoredUser {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** OPAQUE record. Always null in realm `single`, whose password is in no database. */
  readonly passwordRecord: string | null
  readonly passwordChangedAt: number | null
  /** In a row, since the last success. */
  readonly failedSignIns: number
  readonly closedUntil: number | null
}

/** `accounts`: the people of mode accounts (and off). `single`: the one user of the modes password and ephemeral. */
export type UserRealm = 'accounts' | 'single'

/** The users of one realm: those of the other do not exist here. */
export interface UserStore {
  /** Made once, when there is none. */
  owner(): Promise<StoredUser>
  /** By age, oldest first. */
  all(): Promise<StoredUser[]>
  byName(name: string): Promise<StoredUser | null>
  byId(id: string): Promise<StoredUser | null>
  setPassword(id: string, record: string, at: number): Promise<void>
  /**
   * Name and password of an account that has no password yet, in one statement: of two setups at once one wins. False: it has a password, or is gone. Throws
   * `conflict` when the name is taken.
   */
  setFirstPassword(o: {
    readonly id: string
    readonly name: string
    readonly record: string
    readonly at: number
  }): Promise<boolean>
  /** Nobody has a password afterwards: the server setup that all records were bound to is gone. */
  forgetPasswords(): Promise<void>
  /** One more failure in a row; the new count. 0 for somebody who does not exist, after the same work. */
  countFailure(id: string): Promise<number>
  /** None in a row any more. What closed the account stays: a known device that comes in does not open it for strangers. */
  countSuccess(id: string): Promise<void>
  close(id: string, until: number): Promise<void>
  /** Count and closing forgotten. */
  clearFailures(id: string): Promise<void>
}

export const createUserStore = (deps: {
  readonly database: () => Promise<Database>
  readonly clock: Clock
  readonly random: RandomBytes
  readonly realm: UserRealm
  /** Of a new owner in realm `accounts`; it may be changed at the first sign-in. */
  readonly ownerName: string
}): UserStore => {
  const { realm } = deps
  let ensuring: Promise<void> | undefined

  const ensureOwner = async (): Promise<void> => {
    const { user } = (await deps.database()).prisma
    const owner = await user.findFirst({ where: { realm, role: 'owner' }, select: { id: true } })
    if (owner !== null) return
    const id = newId(deps.random, ID_ALPHABET, ID_LENGTH)
    const name = realm === 'single' ? 'owner' : deps.ownerName
    const createdAt = new Date(deps.clock.now())
    await user.create({ data: { id, realm, name, role: 'owner', createdAt }, select: { id: true } })
  }

  /** The table, with an owner in it. Made once per daemon: two first calls at once must not make two. */
  const users = async () => {
    ensuring ??= ensureOwner().catch((error: unknown) => {
      ensuring = undefined
      throw error
    })
    await ensuring
    return (await deps.database()).prisma.user
  }

  return {
    owner: async () =>
      storedUser(
        await (await users()).findFirstOrThrow({
          where: { realm, role: 'owner' },
          orderBy: { createdAt: 'asc' },
          select: columns,
        }),
      ),
    all: async () =>
      (
        await (
          await users()
        ).findMany({
          where: { realm },
          orderBy: [{ createdAt: 'asc' }, { name: 'asc' }],
          select: columns,
        })
      ).map(storedUser),
    byName: async (name) => {
      const row = await (await users()).findUnique({ where: { realm_name: { realm, name } }, select: columns })
      return row === null ? null : storedUser(row)
    },
    byId: async (id) => {
      const row = await (await users()).findFirst({ where: { id, realm }, select: columns })
      return row === null ? null : storedUser(row)
    },
    setPassword: async (id, record, at) => {
      const data = { passwordRecord: record, passwordChangedAt: new Date(at) }
      await (await users()).updateMany({ where: { id, realm }, data })
    },
    setFirstPassword: async ({ id, name, record, at }) => {
      const written = await namesTaken(
        (await users()).updateMany({
          where: { id, realm, passwordRecord: null },
          data: { name, passwordRecord: record, passwordChangedAt: new Date(at) },
        }),
      )
      return written.count === 1
    },
    forgetPasswords: async () => {
      await (await users()).updateMany({ where: { realm }, data: { passwordRecord: null, passwordChangedAt: null } })
    },
    countFailure: async (id) => {
      await users()
      const { rows } = await (await deps.database()).execute(COUNT_FAILURE, [id, realm])
      return rows[0]?.id === id ? Number(rows[0].failedSignIns) : 0
    },
    countSuccess: async (id) => {
      await (await users()).updateMany({ where: { id, realm }, data: { failedSignIns: 0 } })
    },
    close: async (id, until) => {
      await (await users()).updateMany({ where: { id, realm }, data: { closedUntil: new Date(until) } })
    },
    clearFailures: async (id) => {
      await (await users()).updateMany({ where: { id, realm }, data: { failedSignIns: 0, closedUntil: null } })
    },
  }
}

/** Where nobody has the id, the oldest row is written as it is: a write takes longer than none, and would tell which names exist. */
const COUNT_FAILURE = `
  UPDATE "User" SET "failedSignIns" = "failedSignIns" + ("id" = ?1)
  WHERE "id" = (SELECT "id" FROM "User" WHERE "realm" = ?2 ORDER BY "id" = ?1 DESC, "createdAt" LIMIT 1)
  RETURNING "id", "failedSignIns"`

const columns = {
  id: true,
  name: true,
  role: true,
  passwordRecord: true,
  passwordChangedAt: true,
  failedSignIns: true,
  closedUntil: true,
} as const

interface Row extends Omit<StoredUser, 'role' | 'passwordChangedAt' | 'closedUntil'> {
  readonly role: string
  readonly passwordChangedAt: Date | null
  readonly closedUntil: Date | null
}

const storedUser = (row: Row): StoredUser => ({
  ...row,
  role: roleSchema.parse(row.role),
  passwordChangedAt: row.passwordChangedAt?.getTime() ?? null,
  closedUntil: row.closedUntil?.getTime() ?? null,
})

/** Prisma's P2002: a unique constraint, and the name is the only one that a person chooses. */
const namesTaken = async <T>(write: Promise<T>): Promise<T> => {
  try {
    return await write
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'P2002') {
      throw new AppError('conflict', 'Somebody else has this user name. Choose another one.', { cause })
    }
    throw cause
  }
}
