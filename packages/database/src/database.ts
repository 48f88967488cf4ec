import { chmod, open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Client, InValue, Row } from '@libsql/client'
import { DatabaseError, databaseError } from './database-error.ts'
import type { Prisma, PrismaClient } from './generated/client.ts'
import { migrate } from './migrate.ts'
import { oneConnection } from './one-connection.ts'
import { checkTriggers } from './triggers.ts'

export interface Database {
  /** Prisma through the same connection as `execute`. A read costs 0.3 to 0.5 ms: nothing of it belongs on a keystroke. */
  readonly prisma: PrismaClient
  /** One raw statement, for what Prisma does too slowly. Rejects with what `databaseError` turns into a sentence. */
  execute(
    sql: string,
    args?: readonly InValue[],
  ): Promise<{ readonly rows: readonly Row[]; readonly rowsAffected: number }>
  /** All or nothing. Everybody else waits until it ends, so nothing slow belongs inside. */
  transaction<T>(work: (prisma: Prisma.TransactionClient) => Promise<T>): Promise<T>
  /**
   * What was committed so far survives a power cut from here on (`synchronous = NORMAL` says nothing of the last commits). For what is followed by an act that
   * cannot be taken back, such as dropping a key. Rejects when somebody else holds the database.
   */
  toDisk(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
}

export interface OpenDatabase {
  /** Absolute path of the file; made when it is missing, its directory is not. */
  readonly path: string
  /** Directory with `NNNN_name/migration.sql`. */
  readonly migrations: string
  readonly log: DatabaseLog
}

/**
 * Opens (or makes) the database of a data dir and brings it up to date. Prisma and the driver are loaded here, not at import: they cost 90 ms that the
 * first HTTP answer does not wait for. Rejects with a `DatabaseError` whose message is a sentence that says what to do.
 */
export const openDatabase = async ({ path, migrations, log }: OpenDatabase): Promise<Database> => {
  const { createClient } = await loadDriver()
  const [{ PrismaLibSql }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-libsql'),
    import('./generated/client.ts'),
  ])

  let client: Client | undefined
  try {
    await makePrivate(path)
    const url = pathToFileURL(path).href
    client = oneConnection(createClient({ url, intMode: 'number' }))
    await configure(client)
    const applied = await migrate(client, migrations)
    if (applied.length > 0) log.info('the database was brought up to date', { migrations: applied })
    await checkTriggers(client, migrations)

    const connection = client
    class Adapter extends PrismaLibSql {
      override createClient(): Client {
        return connection
      }
    }
    const prisma = new PrismaClient({ adapter: new Adapter({ url }), errorFormat: 'minimal' })
    await prisma.$connect()
    return {
      prisma,
      execute: async (sql, args = []) => {
        const { rows, rowsAffected } = await connection.execute({ sql, args: [...args] })
        return { rows, rowsAffected }
      },
      transaction: (work) => prisma.$transaction(work),
      toDisk: () => syncLog(connection),
      close: async () => {
        await foldLog(connection, log)
        // Ends in `client.close()`: the adapter disposes of the connection, and SQLite folds the write-ahead log back into the file.
        await prisma.$disconnect()
      },
    }
  } catch (error) {
    client?.close()
    throw databaseError(error, path) ?? error
  }
}

const requireFromHere = createRequire(import.meta.url)

/**
 * When a CommonJS module throws while an ES module imports it, Node 20 makes a second rejection that no `await` ever sees, and which would end the daemon.
 * Loaded by `require` first, the driver's native half throws here. Where it is not found, the import says so, without that fault.
 */
const loadNativeHalf = (): void => {
  let path: string
  try {
    path = requireFromHere.resolve('libsql')
  } catch {
    return
  }
  requireFromHere(path)
}

/**
 * The driver's loader asks for a process report to learn which libc this is, and a report looks up the names of all open sockets by DNS: a question that leaves the
 * machine (W17) and holds up the start for as long as nobody answers. Not in the types of Node 20, in Node since 20.13.
 */
const keepReportsOffTheNetwork = (): void => void Object.assign(process.report ?? {}, { excludeNetwork: true })

const loadDriver = async (): Promise<typeof import('@libsql/client/sqlite3')> => {
  try {
    keepReportsOffTheNetwork()
    loadNativeHalf()
    return await import('@libsql/client/sqlite3')
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n')
    throw new DatabaseError(
      `The database driver cannot be loaded (${reason}). Install Sallyport again on this machine, then restart the daemon.`,
      { cause },
    )
  }
}

/**
 * Folds the write-ahead log back into the file: the driver lets go of a connection only when its statements are collected, so SQLite does not do it at
 * close. Where somebody else reads, or a statement that failed still stands, the log stays beside the file and the next start reads it.
 */
const foldLog = async (client: Client, log: DatabaseLog): Promise<void> => {
  try {
    await client.execute('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    log.info('the write-ahead log of the database stays beside it', { error })
  }
}

/** https://www.sqlite.org/pragma.html#pragma_wal_checkpoint: FULL syncs the log, then the file; its first column says that it could not finish. */
const syncLog = async (client: Client): Promise<void> => {
  const { rows } = await client.execute('PRAGMA wal_checkpoint(FULL)')
  if (Number(rows[0]?.[0] ?? 1) !== 0) {
    throw new DatabaseError(
      'The database is being read by another program, so its last changes are not safely on disk. Try again.',
    )
  }
}

/** SQLite gives its -wal and -shm files the mode of the database. An existing file that others may read is narrowed. */
const makePrivate = async (path: string): Promise<void> => {
  const file = await open(path, 'a', 0o600)
  try {
    await file.chmod(0o600)
  } finally {
    await file.close()
  }
  for (const suffix of ['-wal', '-shm']) {
    await chmod(`${path}${suffix}`, 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}

/**
 * The driver is synchronous, so the wait for somebody else's lock stops every stream of the daemon: a quarter of a second, then the call fails.
 * `synchronous = NORMAL` under WAL survives the death of the daemon whole; a power cut may take the last commits, and the sessions with them.
 */
const configure = async (client: Client): Promise<void> => {
  await client.execute('PRAGMA busy_timeout = 250')
  await client.execute('PRAGMA foreign_keys = ON')
  await client.execute('PRAGMA journal_mode = WAL')
  await client.execute('PRAGMA synchronous = NORMAL')
}
