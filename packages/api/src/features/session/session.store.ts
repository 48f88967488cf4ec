import type { Database } from '@sallyport/database/database'
import type { SessionRecord } from './session-record.ts'

/** What the caller asked the environment to be: the whole of it, or what is added to the login environment. */
export interface StoredEnvironment {
  readonly isComplete: boolean
  readonly variables: Readonly<Record<string, string>>
  /** Absent: the caller had none to give. */
  readonly umask?: number
}

/** How a session ended, or how much it had printed when that was last written. */
export type SessionEnd = Pick<
  SessionRecord,
  'id' | 'state' | 'exitCode' | 'signal' | 'endedAt' | 'cols' | 'rows' | 'logBytes'
>

/** The only place that sees the database. Every method rejects when it cannot be used. */
export interface SessionStore {
  all(): Promise<SessionRecord[]>
  insert(
    record: SessionRecord,
    more: { readonly environment: StoredEnvironment; readonly startedBy: string },
  ): Promise<void>
  recordRunning(id: string, keeperPid: number | null): Promise<void>
  recordEnd(end: SessionEnd): Promise<void>
  rename(id: string, name: string): Promise<void>
  remove(id: string): Promise<void>
  environment(id: string): Promise<StoredEnvironment>
}

const columns = {
  id: true,
  name: true,
  provider: true,
  command: true,
  billing: true,
  envSets: true,
  cwd: true,
  state: true,
  exitCode: true,
  signal: true,
  createdAt: true,
  endedAt: true,
  cols: true,
  rows: true,
  logBytes: true,
} as const

export const createSessionStore = (database: () => Promise<Database>): SessionStore => ({
  all: async () => {
    const { prisma } = await database()
    const rows = await prisma.session.findMany({ select: columns, orderBy: { createdAt: 'asc' } })
    return rows.map(toRecord)
  },

  insert: async (record, { environment, startedBy }) => {
    const { prisma } = await database()
    await prisma.session.create({
      data: {
        ...record,
        command: JSON.stringify(record.command),
        envSets: JSON.stringify(record.envSets),
        createdAt: new Date(record.createdAt),
        endedAt: null,
        logBytes: BigInt(record.logBytes),
        environment: JSON.stringify(environment),
        startedBy,
      },
      select: { id: true },
    })
  },

  recordRunning: async (id, keeperPid) => {
    const { prisma } = await database()
    // A program that is quick has been recorded as ended by now.
    await prisma.session.updateMany({ where: { id, state: 'starting' }, data: { state: 'running', keeperPid } })
  },

  recordEnd: async ({ id, state, exitCode, signal, endedAt, cols, rows, logBytes }) => {
    const { prisma } = await database()
    const ended = { state, exitCode, signal, cols, rows, logBytes: BigInt(logBytes) }
    // updateMany: a session that was removed meanwhile is no error.
    await prisma.session.updateMany({
      where: { id },
      data: { ...ended, endedAt: endedAt === null ? null : new Date(endedAt) },
    })
  },

  rename: async (id, name) => {
    const { prisma } = await database()
    await prisma.session.updateMany({ where: { id }, data: { name } })
  },

  remove: async (id) => {
    const { prisma } = await database()
    await prisma.session.deleteMany({ where: { id } })
  },

  environment: async (id) => {
    const { prisma } = await database()
    const row = await prisma.session.findUnique({ where: { id }, select: { environment: true } })
    return row?.environment ? (JSON.parse(row.environment) as StoredEnvironment) : { isComplete: false, variables: {} }
  },
})

interface Row {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly command: string
  readonly billing: string
  readonly envSets: string
  readonly cwd: string
  readonly state: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly createdAt: Date
  readonly endedAt: Date | null
  readonly cols: number
  readonly rows: number
  readonly logBytes: bigint | number
}

/** Nothing but `insert` and `recordEnd` writes these columns, so their text is what they were given. */
const toRecord = (row: Row): SessionRecord => ({
  ...row,
  billing: row.billing as SessionRecord['billing'],
  state: row.state as SessionRecord['state'],
  command: JSON.parse(row.command) as string[],
  envSets: JSON.parse(row.envSets) as SessionRecord['envSets'],
  createdAt: row.createdAt.getTime(),
  endedAt: row.endedAt?.getTime() ?? null,
  logBytes: Number(row.logBytes),
})
