import type { Database } from '@sallyport/database/database'

export interface TotpFactor {
  readonly id: string
  readonly enrolledAt: number
  readonly lastUsedAt: number | null
  /** The last time step that was accepted. */
  readonly lastStep: number
}

export interface NewRecoveryCodes {
  readonly hashes: readonly Uint8Array[]
  readonly madeAt: number
}

export interface SecondFactorStore {
  factorOf(userId: string): Promise<TotpFactor | null>
  /** Of all users in all realms: whose secrets are still needed. */
  factorIds(): Promise<string[]>
  /** Instead of the factor that there was, if any; with `codes` also instead of the codes. All or nothing. */
  enrol(userId: string, factor: Omit<TotpFactor, 'lastUsedAt'>, codes: NewRecoveryCodes | null): Promise<void>
  /** With new codes. False, and nothing is written, where there is a factor: of two at once one wins. */
  enrolFirst(userId: string, factor: Omit<TotpFactor, 'lastUsedAt'>, codes: NewRecoveryCodes): Promise<boolean>
  /** True for one caller per step, however many ask at once. */
  acceptStep(factorId: string, step: number, at: number): Promise<boolean>
  codesOf(userId: string): Promise<{ readonly left: number; readonly madeAt: number | null }>
  replaceCodes(userId: string, codes: NewRecoveryCodes): Promise<void>
  /** True for one caller per code, however many ask at once. */
  spendCode(userId: string, hash: Uint8Array, at: number): Promise<boolean>
  /** The factor and the codes. */
  remove(userId: string): Promise<void>
}

export const createSecondFactorStore = (database: () => Promise<Database>): SecondFactorStore => {
  const prisma = async () => (await database()).prisma
  const transaction: Database['transaction'] = async (work) => (await database()).transaction(work)

  return {
    factorOf: async (userId) => {
      const row = await (await prisma()).totpFactor.findUnique({ where: { userId }, select: columns })
      if (row === null) return null
      return { ...row, enrolledAt: row.enrolledAt.getTime(), lastUsedAt: row.lastUsedAt?.getTime() ?? null }
    },
    factorIds: async () => (await (await prisma()).totpFactor.findMany({ select: { id: true } })).map(({ id }) => id),
    enrol: (userId, factor, codes) =>
      transaction(async (tx) => {
        await tx.totpFactor.deleteMany({ where: { userId } })
        await tx.totpFactor.create({ data: factorRow(userId, factor), select: { id: true } })
        if (codes === null) return
        await tx.recoveryCode.deleteMany({ where: { userId } })
        await tx.recoveryCode.createMany({ data: codeRows(userId, codes) })
      }),
    enrolFirst: (userId, factor, codes) =>
      transaction(async (tx) => {
        if ((await tx.totpFactor.count({ where: { userId } })) > 0) return false
        await tx.totpFactor.create({ data: factorRow(userId, factor), select: { id: true } })
        await tx.recoveryCode.deleteMany({ where: { userId } })
        await tx.recoveryCode.createMany({ data: codeRows(userId, codes) })
        return true
      }),
    acceptStep: async (id, step, at) => {
      const where = { id, lastStep: { lt: step } }
      const { count } = await (await prisma()).totpFactor.updateMany({
        where,
        data: { lastStep: step, lastUsedAt: new Date(at) },
      })
      return count === 1
    },
    codesOf: async (userId) => {
      const { recoveryCode } = await prisma()
      const [left, newest] = await Promise.all([
        recoveryCode.count({ where: { userId, usedAt: null } }),
        recoveryCode.findFirst({ where: { userId }, select: { madeAt: true } }),
      ])
      return { left, madeAt: newest?.madeAt.getTime() ?? null }
    },
    replaceCodes: (userId, codes) =>
      transaction(async (tx) => {
        await tx.recoveryCode.deleteMany({ where: { userId } })
        await tx.recoveryCode.createMany({ data: codeRows(userId, codes) })
      }),
    spendCode: async (userId, hash, at) => {
      const { count } = await (await prisma()).recoveryCode.updateMany({
        where: { hash: new Uint8Array(hash), userId, usedAt: null },
        data: { usedAt: new Date(at) },
      })
      return count === 1
    },
    remove: (userId) =>
      transaction(async (tx) => {
        await tx.totpFactor.deleteMany({ where: { userId } })
        await tx.recoveryCode.deleteMany({ where: { userId } })
      }),
  }
}

const columns = { id: true, enrolledAt: true, lastUsedAt: true, lastStep: true } as const

const factorRow = (userId: string, { id, enrolledAt, lastStep }: Omit<TotpFactor, 'lastUsedAt'>) => ({
  id,
  userId,
  lastStep,
  enrolledAt: new Date(enrolledAt),
})

const codeRows = (userId: string, { hashes, madeAt }: NewRecoveryCodes) =>
  hashes.map((hash) => ({ hash: new Uint8Array(hash), userId, madeAt: new Date(madeAt) }))
