import type { Client } from '@libsql/client'
import { DatabaseError } from './database-error.ts'
import { readMigrations } from './migrate.ts'

/**
 * The triggers are what makes the audit log append-only, and SQLite drops them silently with a table that a migration rebuilds. So they are compared with
 * what the migrations say at every boot: a database without them is not used.
 */
export const checkTriggers = async (client: Client, migrations: string): Promise<void> => {
  const wanted = declaredTriggers((await readMigrations(migrations)).map(({ sql }) => sql))
  const { rows } = await client.execute(`SELECT "name", "sql" FROM sqlite_master WHERE "type" = 'trigger'`)
  const present = new Map(rows.map((row) => [String(row.name), squeeze(String(row.sql))]))

  const wrong = [...wanted].filter(([name, sql]) => present.get(name) !== sql).map(([name]) => name)
  const foreign = [...present.keys()].filter((name) => !wanted.has(name))
  const names = [...wrong, ...foreign]
  if (names.length > 0) {
    throw new DatabaseError(
      `The database's triggers are not those of this version (${names.join(', ')}): somebody changed it by hand. Restore a backup.`,
    )
  }
}

/** What is left after all migrations, in order: a later one may drop a trigger or make it anew. */
const declaredTriggers = (scripts: readonly string[]): ReadonlyMap<string, string> => {
  const triggers = new Map<string, string>()
  for (const sql of scripts) {
    for (const match of sql.matchAll(/CREATE TRIGGER "(\w+)"[\s\S]*?\bEND(?=;)|DROP TRIGGER(?: IF EXISTS)? "(\w+)"/g)) {
      if (match[1] !== undefined) triggers.set(match[1], squeeze(match[0]))
      else if (match[2] !== undefined) triggers.delete(match[2])
    }
  }
  return triggers
}

const squeeze = (sql: string): string => sql.replace(/\s+/g, ' ').trim()
