import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@sallyport/database/database'
import { makeDataDirectory } from '@sallyport/testing/data-directory'
import { createFakeClock } from '@sallyport/testing/fake-clock'
import { describe, expect, it } from 'vitest'
import { createUserStore, type UserRealm, type UserStore } from './user.store.ts'

const migrations = fileURLToPath(new URL('../../../../../../prisma/migrations', import.meta.url))
const log = { info: () => undefined }

interface Stores extends AsyncDisposable {
  readonly realm: (realm: UserRealm) => UserStore
  readonly execute: (sql: string, args: (string | number)[]) => Promise<unknown>
}

const openStores = async (): Promise<Stores> => {
  const data = await makeDataDirectory()
  const database = await openDatabase({ path: join(data.path, 'sallyport.db'), migrations, log })
  const common = { database: async () => database, clock: createFakeClock(), random: randomBytes, ownerName: 'ada' }
  return {
    realm: (realm) => createUserStore({ ...common, realm }),
    execute: database.execute,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await data[Symbol.asyncDispose]()
    },
  }
}

describe('the owner', () => {
  it('is made once, also by ten first calls at once, and found again after a restart', async () => {
    await using stores = await openStores()
    const users = stores.realm('accounts')
    const owners = await Promise.all(Array.from({ length: 10 }, () => users.owner()))
    expect(new Set(owners.map(({ id }) => id)).size).toBe(1)
    expect(owners[0]).toMatchObject({ name: 'ada', role: 'owner', passwordRecord: null, failedSignIns: 0 })
    expect(await stores.realm('accounts').owner()).toEqual(owners[0])
    expect(await users.all()).toHaveLength(1)
  })

  it('of modes password and ephemeral is somebody else, called owner, whom mode accounts does not know', async () => {
    await using stores = await openStores()
    const [accounts, single] = [stores.realm('accounts'), stores.realm('single')]
    const one = await single.owner()
    expect(one.name).toBe('owner')
    expect(one.id).not.toBe((await accounts.owner()).id)
    expect(await accounts.byId(one.id)).toBeNull()
    expect(await accounts.byName('owner')).toBeNull()
    await accounts.setPassword(one.id, 'record', 1)
    expect((await single.owner()).passwordRecord).toBeNull()
  })
})

describe('the first password', () => {
  it('is set with the name in one statement, by one of two setups at once', async () => {
    await using stores = await openStores()
    const users = stores.realm('accounts')
    const { id } = await users.owner()
    const won = await Promise.all(
      ['one', 'two'].map((name) => users.setFirstPassword({ id, name, record: `record of ${name}`, at: 1000 })),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    const { name, passwordRecord, passwordChangedAt } = await users.owner()
    expect(passwordRecord).toBe(`record of ${name}`)
    expect(passwordChangedAt).toBe(1000)
  })

  it('with a name that somebody has changes nothing', async () => {
    await using stores = await openStores()
    const users = stores.realm('accounts')
    const { id } = await users.owner()
    await stores.execute(`INSERT INTO "User" ("id", "name", "role", "createdAt") VALUES (?, ?, ?, ?)`, [
      'user-2',
      'bob',
      'viewer',
      '2026-11-21T12:00:00.000+00:00',
    ])
    await expect(users.setFirstPassword({ id, name: 'bob', record: 'record', at: 1 })).rejects.toMatchObject({
      errorCode: 'conflict',
    })
    expect(await users.owner()).toMatchObject({ name: 'ada', passwordRecord: null })
  })
})

it('failures in a row are counted, also at once, and a success forgets them but not what closed the account', async () => {
  await using stores = await openStores()
  const users = stores.realm('accounts')
  const { id } = await users.owner()
  const counts = await Promise.all(Array.from({ length: 5 }, () => users.countFailure(id)))
  expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5])
  expect(await users.countFailure('nobody')).toBe(0)
  await users.close(id, 5000)
  expect(await users.owner()).toMatchObject({ failedSignIns: 5, closedUntil: 5000 })
  await users.countSuccess(id)
  expect(await users.owner()).toMatchObject({ failedSignIns: 0, closedUntil: 5000 })
  await users.clearFailures(id)
  expect(await users.owner()).toMatchObject({ failedSignIns: 0, closedUntil: null })
})
