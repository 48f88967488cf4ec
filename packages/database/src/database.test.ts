import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { DatabaseError, databaseError } from './database-error.ts'
import { Prisma } from './generated/client.ts'

const shipped = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
const log = { info: () => undefined }
let directory: string
let path: string
let databases: Database[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sp-db-'))
  path = join(directory, 'sallyport.db')
  databases = []
})
afterEach(async () => {
  for (const database of databases) await database.close()
  await rm(directory, { recursive: true, force: true })
})

const open = async (migrations = shipped): Promise<Database> => {
  const database = await openDatabase({ path, migrations, log })
  databases.push(database)
  return database
}
const close = async (database: Database) => {
  databases = databases.filter((one) => one !== database)
  await database.close()
}
/** The sentence with which opening is refused. */
const refusal = async (migrations = shipped): Promise<string> => {
  const error = await open(migrations).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(DatabaseError)
  return (error as DatabaseError).message
}
const auditRow = { at: new Date(0), actor: 'system', event: 'daemon.started', outcome: 'ok' }

describe('a fresh database', () => {
  it('is private to its user, with its log beside it', async () => {
    const database = await open()
    await database.prisma.setting.create({ data: { key: 'a', value: 'b' } })
    for (const suffix of ['', '-wal', '-shm']) expect((await stat(path + suffix)).mode & 0o777).toBe(0o600)
  })

  it('becomes private when it was not', async () => {
    await writeFile(path, '', { mode: 0o644 })
    await open()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('has exactly the tables and columns that the generated client believes in', async () => {
    const database = await open()
    for (const [model, fields] of Object.entries({
      User: Prisma.UserScalarFieldEnum,
      AuthSession: Prisma.AuthSessionScalarFieldEnum,
      TotpFactor: Prisma.TotpFactorScalarFieldEnum,
      RecoveryCode: Prisma.RecoveryCodeScalarFieldEnum,
      Session: Prisma.SessionScalarFieldEnum,
      EnvSet: Prisma.EnvSetScalarFieldEnum,
      EnvVariable: Prisma.EnvVariableScalarFieldEnum,
      EnvSetUse: Prisma.EnvSetUseScalarFieldEnum,
      AuditRow: Prisma.AuditRowScalarFieldEnum,
      Setting: Prisma.SettingScalarFieldEnum,
    })) {
      const { rows } = await database.execute(`SELECT "name" FROM pragma_table_info('${model}')`)
      expect(rows.map(({ name }) => name).sort()).toEqual(Object.values(fields).sort())
    }
    const { rows } = await database.execute(
      "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    expect(rows[0]?.n).toBe(Object.keys(Prisma.ModelName).length + 1)
  })

  it('keeps bytes, large counts and times exactly', async () => {
    const { prisma } = await open()
    const at = new Date('2026-11-21T12:34:56.789Z')
    const tokenHash = new Uint8Array(32).map((_, index) => index * 8)
    await prisma.user.create({ data: { id: 'u', name: 'ada', role: 'owner', createdAt: at } })
    await prisma.authSession.create({
      data: {
        id: 'a',
        userId: 'u',
        tokenHash,
        kind: 'browser',
        device: 'd',
        address: '::1',
        createdAt: at,
        lastUsedAt: at,
        expiresAt: at,
      },
    })
    const found = await prisma.authSession.findUniqueOrThrow({ where: { tokenHash } })
    expect([...found.tokenHash]).toEqual([...tokenHash])
    expect(found.createdAt).toEqual(at)
    const session = {
      id: 's',
      name: 'n',
      provider: 'shell',
      command: '[]',
      cwd: '/',
      state: 'exited',
      createdAt: at,
      cols: 80,
      rows: 24,
      startedBy: 'x',
    }
    await prisma.session.create({ data: { ...session, logBytes: 2n ** 40n } })
    expect((await prisma.session.findUniqueOrThrow({ where: { id: 's' } })).logBytes).toBe(2n ** 40n)
  })
})

describe('the audit log', () => {
  it('cannot be changed or shortened, by Prisma or by SQL, not even by replacing a row', async () => {
    const database = await open()
    const { seq } = await database.prisma.auditRow.create({ data: auditRow })
    const attempts = [
      () => database.prisma.auditRow.update({ where: { seq }, data: { actor: 'x' } }),
      () => database.prisma.auditRow.deleteMany(),
      () => database.execute('UPDATE "AuditRow" SET "actor" = \'x\''),
      () => database.execute('DELETE FROM "AuditRow"'),
      () =>
        database.execute(
          `REPLACE INTO "AuditRow" ("seq", "at", "actor", "event", "outcome") VALUES (${seq}, '2026', 'x', 'y', 'ok')`,
        ),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow()
    expect(await database.prisma.auditRow.findMany()).toMatchObject([{ seq, actor: 'system' }])
  })

  it('is not trusted when somebody removed its triggers', async () => {
    await close(await open())
    spawnSync('python3', [
      '-c',
      `import sqlite3; sqlite3.connect(${JSON.stringify(path)}).execute('DROP TRIGGER "AuditRow_no_delete"')`,
    ])
    expect(await refusal()).toMatch(/AuditRow_no_delete/)
  })
})

describe('foreign keys, transactions and one connection', () => {
  it('foreign keys hold, also after a transaction', async () => {
    const database = await open()
    await database.transaction((prisma) => prisma.setting.create({ data: { key: 'k', value: 'v' } }))
    const at = new Date()
    const orphan = {
      id: 'a',
      userId: 'nobody',
      tokenHash: new Uint8Array(32),
      kind: 'browser',
      device: 'd',
      address: 'x',
    }
    await expect(
      database.prisma.authSession.create({ data: { ...orphan, createdAt: at, lastUsedAt: at, expiresAt: at } }),
    ).rejects.toMatchObject({ code: 'P2003' })
  })

  it('a failed transaction leaves nothing, and raw statements wait outside of it', async () => {
    const database = await open()
    const failed = database.transaction(async (prisma) => {
      await prisma.setting.create({ data: { key: 'inside', value: '' } })
      throw new Error('no')
    })
    const outside = database.execute(`INSERT INTO "Setting" VALUES ('outside', '')`)
    await expect(failed).rejects.toThrow('no')
    await outside
    expect(await database.prisma.setting.findMany()).toEqual([{ key: 'outside', value: '' }])
  })

  it('fifty transactions and raw statements at once all succeed', async () => {
    const database = await open()
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => [
        database.transaction((prisma) => prisma.setting.create({ data: { key: `t${n}`, value: '' } })),
        database.execute('INSERT INTO "Setting" VALUES (?, ?)', [`r${n}`, '']),
      ]).flat(),
    )
    expect(await database.prisma.setting.count()).toBe(100)
  })
})

describe('trouble is told in a sentence', () => {
  const holdLock = async (begin: string): Promise<ChildProcess> => {
    const script = `
import sqlite3, sys
connection = sqlite3.connect(${JSON.stringify(path)}, isolation_level=None)
connection.execute(${JSON.stringify(begin)})
print('locked', flush=True)
sys.stdin.read()`
    const child = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    return child
  }
  const release = async (child: ChildProcess) => {
    child.stdin?.end()
    await once(child, 'exit')
  }

  it('at start while another process holds a lock; afterwards it opens', async () => {
    const holder = await holdLock('BEGIN EXCLUSIVE')
    expect(await refusal()).toMatch(/Another process holds a lock/)
    await release(holder)
    await open()
  })

  it('at run time while another process writes; nothing is lost afterwards', async () => {
    const database = await open()
    const holder = await holdLock('BEGIN IMMEDIATE')
    for (const write of [
      () => database.prisma.setting.create({ data: { key: 'a', value: '' } }),
      () => database.execute(`INSERT INTO "Setting" VALUES ('b', '')`),
      () => database.transaction((prisma) => prisma.setting.create({ data: { key: 'c', value: '' } })),
    ]) {
      const error = await write().catch((caught: unknown) => caught)
      expect(databaseError(error)?.message).toMatch(/Another process holds a lock/)
    }
    await release(holder)
    await database.prisma.setting.create({ data: { key: 'd', value: '' } })
    expect(await database.prisma.setting.findMany()).toEqual([{ key: 'd', value: '' }])
  })

  it('when the file is no database', async () => {
    await writeFile(path, 'this is not a database, whatever its name says'.repeat(100))
    expect(await refusal()).toMatch(/is damaged or is not a database/)
  })

  it('when pages of it were overwritten', async () => {
    await close(await open())
    const size = (await stat(path)).size
    await truncate(path, 4096)
    await truncate(path, size)
    expect(await refusal()).toMatch(/is damaged or is not a database/)
  })

  it('when its directory is missing', async () => {
    path = join(directory, 'gone', 'sallyport.db')
    expect(await refusal()).toMatch(/its directory does not exist/)
  })

  it('but a mistake of ours is no trouble of the file', async () => {
    const database = await open()
    await database.prisma.setting.create({ data: { key: 'a', value: '' } })
    const error = await database.prisma.setting
      .create({ data: { key: 'a', value: '' } })
      .catch((caught: unknown) => caught)
    expect(databaseError(error)).toBeNull()
  })
})

describe('a killed process', () => {
  it('loses no committed row and leaves a database that opens', async () => {
    await close(await open())
    const driver = createRequire(import.meta.url).resolve('@libsql/client/sqlite3')
    const script = `
const client = require(${JSON.stringify(driver)}).createClient({ url: ${JSON.stringify(`file:${path}`)} })
const run = async () => {
  await client.execute('PRAGMA synchronous = NORMAL')
  for (let n = 0; ; n += 1) {
    await client.execute({ sql: 'INSERT INTO "Setting" VALUES (?, ?)', args: [String(n), ''] })
    require('node:fs').writeSync(1, n + '\\n')
  }
}
run()`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += chunk
      if (printed.split('\n').length > 200) break
    }
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    const confirmed = printed.split('\n').length - 1
    expect(confirmed).toBeGreaterThan(100)
    expect(await (await open()).prisma.setting.count()).toBeGreaterThanOrEqual(confirmed - 1)
  })
})

describe('what was committed', () => {
  it('survives a power cut once it was asked for: the file has it, without its write-ahead log', async () => {
    const database = await open()
    await database.prisma.setting.create({ data: { key: 'before', value: '' } })
    await database.toDisk()
    const copy = join(directory, 'after the cut.db')
    await cp(path, copy)
    path = copy
    expect(await (await open()).prisma.setting.findMany({ select: { key: true } })).toEqual([{ key: 'before' }])
  })

  it('is not said to be safe while another program keeps the log from being folded in', async () => {
    const database = await open()
    const { createClient } = createRequire(import.meta.url)(
      '@libsql/client/sqlite3',
    ) as typeof import('@libsql/client/sqlite3')
    const other = createClient({ url: `file:${path}` })
    const reading = await other.transaction('read')
    await reading.execute('SELECT count(*) FROM "Setting"')
    await database.prisma.setting.create({ data: { key: 'after', value: '' } })
    await expect(database.toDisk()).rejects.toThrow(/not safely on disk/)
    await reading.rollback()
    other.close()
    await database.toDisk()
  })
})

describe('migrations', () => {
  const withMigrations = async (extra: Record<string, string>): Promise<string> => {
    const migrations = await mkdtemp(join(directory, 'migrations-'))
    await cp(shipped, migrations, { recursive: true })
    for (const [name, sql] of Object.entries(extra)) {
      await mkdir(join(migrations, name), { recursive: true })
      await writeFile(join(migrations, name, 'migration.sql'), sql)
    }
    return migrations
  }

  it('run once, in order, and keep what is there', async () => {
    const first = await open()
    await first.prisma.setting.create({ data: { key: 'a', value: 'b' } })
    await close(first)
    const next = { '9002_two': 'INSERT INTO "Extra" VALUES (1);', '9001_one': 'CREATE TABLE "Extra" ("n" INTEGER)' }
    const migrations = await withMigrations(next)
    await close(await open(migrations))
    const again = await open(migrations)
    expect((await again.execute('SELECT * FROM "Extra"')).rows).toHaveLength(1)
    expect(await again.prisma.setting.count()).toBe(1)
  })

  it('that fail halfway leave nothing behind and can be tried again', async () => {
    await close(await open())
    const broken = await withMigrations({
      '9001_one': 'CREATE TABLE "Extra" ("n" INTEGER); INSERT INTO "Nothing" VALUES (1);',
    })
    await expect(open(broken)).rejects.toThrow(/Nothing/)
    const database = await open(await withMigrations({ '9001_one': 'CREATE TABLE "Extra" ("n" INTEGER);' }))
    expect((await database.execute('SELECT * FROM "Extra"')).rows).toHaveLength(0)
  })

  it('of a newer version are not undone: the older one refuses the database', async () => {
    await close(await open(await withMigrations({ '9001_future': 'CREATE TABLE "Extra" ("n" INTEGER);' })))
    expect(await refusal()).toMatch(/newer version.*9001_future/)
  })

  it('that were applied and changed since are refused', async () => {
    const original = await withMigrations({})
    await close(await open(original))
    const file = join(original, '0001_first', 'migration.sql')
    await writeFile(file, `${await readFile(file, 'utf8')}\n-- changed`)
    expect(await refusal(original)).toMatch(/0001_first is not the one/)
  })

  it('that come before an applied one are refused', async () => {
    await close(await open(await withMigrations({ '9002_two': 'SELECT 1;' })))
    expect(await refusal(await withMigrations({ '9001_one': 'SELECT 1;', '9002_two': 'SELECT 1;' }))).toMatch(
      /9001_one comes before/,
    )
  })

  it('that rebuild a table and forget its triggers are noticed at boot', async () => {
    const forgetful = await withMigrations({
      '9001_one': 'ALTER TABLE "AuditRow" RENAME TO "Old"; CREATE TABLE "AuditRow" ("n"); DROP TABLE "Old";',
    })
    expect(await refusal(forgetful)).toMatch(/AuditRow_no_update/)
  })
})
