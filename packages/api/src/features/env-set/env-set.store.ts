import type { Database } from '@sallyport/database/database'
import { AppError } from '../../errors.ts'
import { findEnvSet } from './find-env-set.ts'

/** Times are ms since the epoch. */
export interface StoredVariable {
  readonly name: string
  readonly version: number
  readonly changedAt: number
  /** Of the value, in UTF-8. */
  readonly bytes: number
  readonly maskedInOutput: boolean
  /** Which master key sealed the value. */
  readonly keyId: string
}
export interface SealedVariable extends StoredVariable {
  readonly sealed: Uint8Array
}

export interface SetRow {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  /** When its name or a variable last changed. */
  readonly changedAt: number
}
export interface StoredSet<Variable = StoredVariable> extends SetRow {
  /** By name. */
  readonly variables: readonly Variable[]
}

/** The tables as one call sees them. `ref`: an id, a unique prefix of one, or a name. */
export interface EnvSetTables {
  /** By name. */
  all(): Promise<StoredSet[]>
  /** @throws AppError `not_found`, `ambiguous` */
  find(ref: string): Promise<StoredSet>
  /** With the sealed values. @throws AppError `not_found`, `ambiguous` */
  findSealed(ref: string): Promise<StoredSet<SealedVariable>>
  ids(): Promise<string[]>
  /** Of every key that sealed a value which is still here. */
  keyIds(): Promise<string[]>
  /** @throws AppError `conflict` when the name is taken */
  insert(set: SetRow): Promise<void>
  /** @throws AppError `conflict` when the name is taken */
  update(id: string, change: { readonly name?: string; readonly changedAt: number }): Promise<void>
  remove(id: string): Promise<void>
  /** Instead of those of the same names, where there are any. */
  putVariables(id: string, variables: readonly SealedVariable[]): Promise<void>
  removeVariables(id: string, names: readonly string[]): Promise<void>
  /** Of sessions that were started with the set. */
  sessionIdsOf(id: string): Promise<string[]>
  /** How many of these sessions were started with each set. */
  countUses(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** With the names of the sets as they are now. */
  insertUses(sessionId: string, setIds: readonly string[], at: number): Promise<void>
}

/** The only place that sees the database. */
export interface EnvSetStore {
  read(): Promise<EnvSetTables>
  /** All or nothing, and nobody else writes meanwhile. */
  transaction<T>(work: (tables: EnvSetTables) => Promise<T>): Promise<T>
  /** What was committed survives a power cut: before a key is dropped that could still open what was there before. */
  toDisk(): Promise<void>
}

export const createEnvSetStore = (database: () => Promise<Database>): EnvSetStore => ({
  read: async () => tablesOf((await database()).prisma),
  transaction: async (work) => (await database()).transaction((prisma) => work(tablesOf(prisma))),
  toDisk: async () => (await database()).toDisk(),
})

const tablesOf = (prisma: Pick<Database['prisma'], 'envSet' | 'envVariable' | 'envSetUse'>): EnvSetTables => {
  const { envSet, envVariable, envSetUse } = prisma
  const byName = { orderBy: { name: 'asc' } } as const

  const sets = async (): Promise<SetRow[]> => {
    const rows = await envSet.findMany({ select: setColumns, ...byName })
    return rows.map((row) => ({ ...timed(row), createdAt: row.createdAt.getTime() }))
  }

  return {
    all: async () => {
      const found = await sets()
      const bySet = new Map<string, StoredVariable[]>(found.map(({ id }) => [id, []]))
      const rows = await envVariable.findMany({ select: { ...columns, envSetId: true }, ...byName })
      for (const { envSetId, ...row } of rows) bySet.get(envSetId)?.push(timed(row))
      return found.map((set) => ({ ...set, variables: bySet.get(set.id) ?? [] }))
    },
    find: async (ref) => {
      const set = findEnvSet(await sets(), ref)
      const rows = await envVariable.findMany({ where: { envSetId: set.id }, select: columns, ...byName })
      return { ...set, variables: rows.map(timed) }
    },
    findSealed: async (ref) => {
      const set = findEnvSet(await sets(), ref)
      const select = { ...columns, sealed: true } as const
      const rows = await envVariable.findMany({ where: { envSetId: set.id }, select, ...byName })
      return { ...set, variables: rows.map(timed) }
    },
    ids: async () => (await envSet.findMany({ select: { id: true } })).map(({ id }) => id),
    keyIds: async () =>
      (await envVariable.groupBy({ by: ['keyId'], orderBy: { keyId: 'asc' } })).map(({ keyId }) => keyId),
    insert: async ({ id, name, createdAt, changedAt }) => {
      const data = { id, name, createdAt: new Date(createdAt), changedAt: new Date(changedAt) }
      await namesTaken(envSet.create({ data, select: { id: true } }))
    },
    update: async (id, { changedAt, ...change }) => {
      await namesTaken(envSet.updateMany({ where: { id }, data: { ...change, changedAt: new Date(changedAt) } }))
    },
    remove: async (id) => {
      await envSet.deleteMany({ where: { id } })
    },
    putVariables: async (envSetId, variables) => {
      await envVariable.deleteMany({ where: { envSetId, name: { in: variables.map(({ name }) => name) } } })
      const data = variables.map((variable) => ({
        ...variable,
        envSetId,
        changedAt: new Date(variable.changedAt),
        sealed: new Uint8Array(variable.sealed),
      }))
      await envVariable.createMany({ data })
    },
    removeVariables: async (envSetId, names) => {
      await envVariable.deleteMany({ where: { envSetId, name: { in: [...names] } } })
    },
    sessionIdsOf: async (envSetId) => {
      const rows = await envSetUse.findMany({ where: { envSetId }, select: { sessionId: true } })
      return rows.map(({ sessionId }) => sessionId)
    },
    countUses: async (sessionIds) => {
      const where = { sessionId: { in: [...sessionIds] } }
      const rows = await envSetUse.groupBy({ by: ['envSetId'], where, _count: true, orderBy: { envSetId: 'asc' } })
      return new Map(rows.map(({ envSetId, _count }) => [envSetId, _count]))
    },
    insertUses: async (sessionId, setIds, at) => {
      const used = await envSet.findMany({ where: { id: { in: [...setIds] } }, select: { id: true, name: true } })
      await envSetUse.createMany({
        data: used.map(({ id, name }) => ({ sessionId, envSetId: id, name, at: new Date(at) })),
      })
    },
  }
}

const setColumns = { id: true, name: true, createdAt: true, changedAt: true } as const
const columns = { name: true, version: true, changedAt: true, bytes: true, maskedInOutput: true, keyId: true } as const

const timed = <Row extends { readonly changedAt: Date }>(row: Row): Omit<Row, 'changedAt'> & { changedAt: number } => ({
  ...row,
  changedAt: row.changedAt.getTime(),
})

/** Prisma's P2002: a unique constraint, and the name is the only one that a person chooses. */
const namesTaken = async (write: Promise<unknown>): Promise<void> => {
  try {
    await write
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'P2002') {
      throw new AppError('conflict', 'Another env set has this name. Choose another one.', { cause })
    }
    throw cause
  }
}
