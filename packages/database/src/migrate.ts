import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@libsql/client'
import { DatabaseError } from './database-error.ts'

export interface Migration {
  /** `0001_first`: migrations run in the order of their names. */
  readonly name: string
  readonly sql: string
}

const NAME = /^\d{4}_[a-z0-9_]+$/

export const readMigrations = async (directory: string): Promise<readonly Migration[]> => {
  const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort()
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(directory, name, 'migration.sql'), 'utf8') })),
  )
}

/**
 * Brings the database up to date, forward only: each migration in a transaction of its own, recorded with the checksum of its text. Returns the names of
 * those that ran. Refused: a database that a newer version has migrated, an applied migration whose text changed, and one that would run out of order.
 */
export const migrate = async (client: Client, directory: string): Promise<readonly string[]> => {
  const migrations = await readMigrations(directory)
  await client.execute(
    'CREATE TABLE IF NOT EXISTS "Migration" ("name" TEXT NOT NULL PRIMARY KEY, "checksum" TEXT NOT NULL, "appliedAt" DATETIME NOT NULL)',
  )
  const { rows } = await client.execute('SELECT "name", "checksum" FROM "Migration" ORDER BY "name"')
  const applied = new Map(rows.map((row) => [String(row.name), String(row.checksum)]))
  checkApplied(migrations, applied)

  const pending = migrations.filter(({ name }) => !applied.has(name))
  for (const migration of pending) await apply(client, migration)
  return pending.map(({ name }) => name)
}

const checkApplied = (migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void => {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, checksum] of applied) {
    const migration = known.get(name)
    if (migration === undefined) {
      throw new DatabaseError(
        `The database was used by a newer version of Sallyport (it has migration ${name}). Install that version again: going back is not possible.`,
      )
    }
    if (checksumOf(migration) !== checksum) {
      throw new DatabaseError(
        `Migration ${name} is not the one that this database was made with. Reinstall Sallyport, or restore the migration's file.`,
      )
    }
  }
  const last = [...applied.keys()].at(-1) ?? ''
  const late = migrations.find(({ name }) => name < last && !applied.has(name))
  if (late !== undefined) {
    throw new DatabaseError(`Migration ${late.name} comes before ${last}, which this database already has.`)
  }
}

/** One script, because the driver rolls back whatever `executeMultiple` leaves open. Name and checksum have no character that SQL cares about. */
const apply = async (client: Client, migration: Migration): Promise<void> => {
  const record = `INSERT INTO "Migration" VALUES ('${migration.name}', '${checksumOf(migration)}', datetime('now'))`
  await client.executeMultiple(`BEGIN IMMEDIATE;\n${migration.sql}\n;${record};\nCOMMIT;`)
}

const checksumOf = ({ sql }: Migration): string => createHash('sha256').update(sql).digest('hex')
