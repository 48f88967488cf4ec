import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Secret } from '@sallyport/crypto/secret'
import { openDatabase } from '@sallyport/database/database'
import { makeDataDirectory } from '@sallyport/testing/data-directory'
import { createFakeClock, type FakeClock } from '@sallyport/testing/fake-clock'
import { provePassword, registerPassword } from '@sallyport/testing/password-browser'
import { describe, expect, it } from 'vitest'
import type { AuthConfig, SealedSecrets } from '../../../api-dependencies.ts'
import { secretsInMemory, testConfig } from '../../../test-dependencies.ts'
import { createUserStore, type UserStore } from '../users/user.store.ts'
import { type Credential, createPasswords, type LoginState, type Passwords } from './passwords.ts'

const DAY = 24 * 3_600_000
const SERVER = 'server-1'
const { stretching } = testConfig.auth
const migrations = fileURLToPath(new URL('../../../../../../prisma/migrations', import.meta.url))

interface Opened extends AsyncDisposable {
  readonly passwords: Passwords
  readonly users: UserStore
  readonly clock: FakeClock
  readonly sealedSecrets: SealedSecrets
  /** A daemon that starts anew on the same disk. */
  restart(config?: Partial<AuthConfig>, sealedSecrets?: SealedSecrets): Passwords
  /** All bytes in the data dir, the write-ahead log included. */
  onDisk(): string
}

const open = async (config: Partial<AuthConfig> = {}): Promise<Opened> => {
  const data = await makeDataDirectory()
  const log = { info: () => undefined }
  const database = await openDatabase({ path: join(data.path, 'sallyport.db'), migrations, log })
  const clock = createFakeClock()
  const kept = secretsInMemory()
  const { mode = 'accounts' } = config
  const realm = mode === 'accounts' || mode === 'off' ? 'accounts' : 'single'
  const users = createUserStore({
    database: async () => database,
    clock,
    random: randomBytes,
    realm,
    ownerName: 'ada',
  })
  const restart: Opened['restart'] = (changed = config, sealedSecrets = kept) =>
    createPasswords({
      users,
      clock,
      random: randomBytes,
      config: { ...testConfig.auth, ...changed },
      sealedSecrets,
      serverId: SERVER,
      installTokenKey: new Secret(new Uint8Array(32).fill(1)),
      unknownSubjectKey: new Secret(new Uint8Array(32).fill(2)),
    })
  return {
    passwords: restart(),
    users,
    clock,
    sealedSecrets: kept,
    restart,
    onDisk: () =>
      readdirSync(data.path)
        .map((name) => readFileSync(join(data.path, name), 'latin1'))
        .join(''),
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await data[Symbol.asyncDispose]()
    },
  }
}

/** The first round, and what the client would send next: nothing when its password is wrong. */
const start = async (passwords: Passwords, password: string, credential: Credential) => {
  let state: LoginState | undefined
  let response = ''
  const finish = await provePassword({
    password,
    stretching,
    serverId: SERVER,
    start: async (request) => {
      const started = await passwords.startLogin(credential, request)
      state = started.state
      response = started.response
      return { subject: credential.subject, response }
    },
  })
  if (state === undefined) throw new Error('not started')
  return { state, response, finish }
}

const isRight = async (passwords: Passwords, password: string, user?: string): Promise<boolean> => {
  const { state, finish } = await start(passwords, password, await passwords.credentialOf(user))
  return finish !== undefined && passwords.finishLogin(state, finish)
}

const register = (passwords: Passwords, userId: string, password: string): Promise<string> =>
  registerPassword({
    password,
    stretching,
    serverId: SERVER,
    start: (request) => passwords.startRegistration(userId, request),
  })

describe('the setup password of a first run', () => {
  it('does not exist before somebody on the machine asks for it', async () => {
    await using opened = await open()
    const { passwords } = opened
    const credential = await passwords.credentialOf(undefined)
    expect(credential.record).toBeNull()
    expect(await isRight(passwords, 'anything at all')).toBe(false)
  })

  it('has 24 characters, is shown again until it is used, opens the account once, and then another one is made', async () => {
    await using opened = await open()
    const { passwords } = opened
    const shown = await passwords.reveal()
    expect(shown?.password).toMatch(/^[A-Za-z0-9]{24}$/)
    expect(await passwords.reveal()).toEqual(shown)
    const password = shown?.password ?? ''
    expect(await isRight(passwords, `${password}x`)).toBe(false)
    expect(await isRight(passwords, password)).toBe(true)
    expect(await isRight(passwords, password)).toBe(false)
    const next = await passwords.reveal()
    expect(next?.password).not.toBe(password)
    expect(await isRight(passwords, next?.password ?? '')).toBe(true)
  })

  it('of two that prove it at the same moment lets one in', async () => {
    await using opened = await open()
    const { passwords } = opened
    const password = (await passwords.reveal())?.password ?? ''
    const credential = await passwords.credentialOf(undefined)
    const both = await Promise.all([start(passwords, password, credential), start(passwords, password, credential)])
    const results = await Promise.all(both.map(({ state, finish = '' }) => passwords.finishLogin(state, finish)))
    expect(results.filter(Boolean)).toHaveLength(1)
  })

  it('is dead after a day, also for a sign-in that began before', async () => {
    await using opened = await open()
    const { passwords, clock } = opened
    const password = (await passwords.reveal())?.password ?? ''
    const { state, finish = '' } = await start(passwords, password, await passwords.credentialOf(undefined))
    clock.advance(DAY)
    expect(await passwords.finishLogin(state, finish)).toBe(false)
    expect(await isRight(passwords, password)).toBe(false)
    expect((await passwords.reveal())?.password).not.toBe(password)
  })

  it('cannot become the own password', async () => {
    await using opened = await open()
    const { passwords, users } = opened
    const password = (await passwords.reveal())?.password ?? ''
    const { bootstrap } = await passwords.credentialOf(undefined)
    if (bootstrap === null) throw new Error('no bootstrap password')
    const { id } = await users.owner()
    const chosen = async (text: string) =>
      passwords.setFirstRecord({ userId: id, name: 'ada', bootstrap, record: await register(passwords, id, text) })
    await expect(chosen(password)).rejects.toMatchObject({ errorCode: 'bad_request' })
    expect((await users.owner()).passwordRecord).toBeNull()
    await chosen('one of my own')
    expect(await isRight(passwords, 'one of my own')).toBe(true)
    await expect(chosen('another one')).rejects.toMatchObject({ errorCode: 'conflict' })
  })

  it('is nothing any more once the owner has a password, proves no step-up, and a restart forgets it', async () => {
    await using opened = await open()
    const { passwords, users } = opened
    const { id } = await users.owner()
    const password = (await passwords.reveal())?.password ?? ''
    expect((await passwords.credentialOfUser(id)).record).toBeNull()
    expect(await isRight(opened.restart(), password)).toBe(false)
    await passwords.setText(id, 'set on the socket')
    expect(await isRight(passwords, password)).toBe(false)
    expect(await isRight(passwords, 'set on the socket')).toBe(true)
    expect(await passwords.isFirstRun()).toBe(false)
    expect(await passwords.reveal()).toBeNull()
  })
})

describe('a password of mode accounts', () => {
  it('survives a restart, and only with the server setup that it was made under', async () => {
    await using opened = await open()
    const { id } = await opened.users.owner()
    await opened.passwords.setRecord(id, await register(opened.passwords, id, 'my own password'))
    expect(await isRight(opened.restart(), 'my own password')).toBe(true)
    expect(await isRight(opened.restart(), 'my own passwort')).toBe(false)
  })

  it('is never checked against a setup made anew: every sign-in says which file is missing and what to do', async () => {
    await using opened = await open()
    const { id } = await opened.users.owner()
    await opened.passwords.setText(id, 'my own password')
    const empty = secretsInMemory()
    const restarted = opened.restart({}, empty)
    for (const user of [undefined, 'nobody']) {
      await expect(isRight(restarted, 'my own password', user)).rejects.toMatchObject({
        errorCode: 'unavailable',
        message: expect.stringMatching(/file with the sign-in secrets is missing.*`sallyport auth reset-password`/),
      })
    }
    await expect(restarted.startRegistration(id, 'x')).rejects.toMatchObject({ errorCode: 'unavailable' })
    expect((await empty.read()).opaqueSetup).toBeNull()

    await restarted.setText(id, 'another password')
    expect(await isRight(restarted, 'another password')).toBe(true)
    expect((await empty.read()).opaqueSetup).not.toBeNull()
  })

  it('is not checked when the file is damaged, and a reset does not write over it', async () => {
    await using opened = await open()
    const { id } = await opened.users.owner()
    await opened.passwords.setText(id, 'my own password')
    const damaged = () => Promise.reject(new Error('/home/ada/.config/sallyport/secrets is damaged'))
    const restarted = opened.restart({}, { read: damaged, update: damaged })
    for (const attempt of [
      () => isRight(restarted, 'my own password'),
      () => restarted.setText(id, 'another password'),
    ]) {
      const error = await attempt().catch((caught: unknown) => caught)
      expect(error).toMatchObject({ errorCode: 'unavailable' })
      // Whoever tries to sign in is not told where things are.
      expect(String(error)).not.toContain('/home/ada')
    }
    expect(await isRight(opened.restart(), 'my own password')).toBe(true)
  })

  it('has one setup, also when ten first sign-ins come at once', async () => {
    await using opened = await open()
    const { passwords, users } = opened
    const { id } = await users.owner()
    const records = await Promise.all(
      Array.from({ length: 10 }, (_, n) => register(passwords, id, `password number ${n}`)),
    )
    for (const [n, record] of records.entries()) {
      await passwords.setRecord(id, record)
      expect(await isRight(opened.restart(), `password number ${n}`)).toBe(true)
    }
  })

  it('set on the machine keeps the rules: not short, not common, not the user name', async () => {
    await using opened = await open()
    const { id } = await opened.users.owner()
    const refused = (passwords: Passwords, text: string) => expect(passwords.setText(id, text)).rejects
    for (const text of ['seven77', 'password1', 'x'.repeat(1025)]) {
      await refused(opened.passwords, text).toMatchObject({ errorCode: 'bad_request' })
    }
    const withoutFactor = opened.restart({ requireSecondFactor: false })
    await refused(withoutFactor, 'fourteen chars').toMatchObject({ message: 'Use at least 15 characters.' })
    await withoutFactor.setText(id, 'fourteen chars', true)
    await opened.passwords.setText(id, 'fourteen chars')
  })

  it('is refused when its record is none', async () => {
    await using opened = await open()
    const { id } = await opened.users.owner()
    for (const record of ['A'.repeat(256), 'short', 'A'.repeat(100_000)]) {
      await expect(opened.passwords.setRecord(id, record)).rejects.toMatchObject({ errorCode: 'bad_request' })
    }
    expect((await opened.users.owner()).passwordRecord).toBeNull()
  })
})

describe('somebody who does not exist', () => {
  it('has a subject like everybody, always the same, and answers of the same length that no password finishes', async () => {
    await using opened = await open()
    const { passwords, users } = opened
    const { id } = await users.owner()
    await passwords.setText(id, 'my own password')
    const [known, unknown] = [await passwords.credentialOf('ada'), await passwords.credentialOf('nobody')]
    expect(known.subject).toBe(id)
    expect(unknown.subject).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/)
    expect((await opened.restart().credentialOf('nobody')).subject).toBe(unknown.subject)
    expect((await passwords.credentialOf('nobody2')).subject).not.toBe(unknown.subject)
    const responses = await Promise.all(
      [known, unknown].map((credential) => start(passwords, 'my own password', credential)),
    )
    expect(responses[0]?.finish).toBeTypeOf('string')
    expect(responses[1]?.finish).toBeUndefined()
    expect(responses[1]?.response.length).toBe(responses[0]?.response.length)
  })
})

it('what no client sends is refused at the start and simply wrong at the end', async () => {
  await using opened = await open()
  const { passwords } = opened
  const credential = await passwords.credentialOf(undefined)
  for (const request of ['A'.repeat(128), 'A'.repeat(20)]) {
    await expect(passwords.startLogin(credential, request)).rejects.toMatchObject({ errorCode: 'bad_request' })
  }
  const { state } = await start(passwords, 'x', credential)
  for (const finish of ['A'.repeat(86), 'A'.repeat(20)]) expect(await passwords.finishLogin(state, finish)).toBe(false)
})

describe('the password of the environment', () => {
  const password = new Secret('canary-of-the-environment')

  it('is good for the one user, cannot be changed here, and nothing that verifies it is on disk', async () => {
    await using opened = await open({ mode: 'password', password })
    const { passwords, users } = opened
    expect(await isRight(passwords, 'canary-of-the-environment')).toBe(true)
    expect(await isRight(passwords, 'canary-of-the-environment', 'owner')).toBe(true)
    expect(await isRight(passwords, 'canary-of-the-environment', 'ada')).toBe(false)
    expect(await isRight(passwords, 'another')).toBe(false)
    const { id, passwordRecord } = await users.owner()
    expect(passwordRecord).toBeNull()
    expect((await opened.sealedSecrets.read()).opaqueSetup).toBeNull()
    expect(opened.onDisk()).not.toContain('canary-of')
    expect(passwords.canChange()).toBe(false)
    expect(await passwords.reveal()).toBeNull()
    for (const change of [
      () => passwords.setText(id, 'another password'),
      () => passwords.startRegistration(id, 'x'),
    ]) {
      await expect(change()).rejects.toMatchObject({ errorCode: 'conflict' })
    }
  })

  it('makes the same key of tokens after a restart, and with another password, install or stretching another one', async () => {
    await using opened = await open({ mode: 'password', password })
    const install = { machineId: 'm', hostname: 'h', uid: 1000, dataDir: '/d' }
    const keyOf = async (config: Partial<AuthConfig> = {}) => {
      const restarted = opened.restart({ mode: 'password', password, installIdentity: install, ...config })
      return Buffer.from(await restarted.tokenKey()).toString('hex')
    }
    const key = await keyOf()
    expect(await keyOf()).toBe(key)
    const others = await Promise.all([
      keyOf({ password: new Secret('another') }),
      keyOf({ installIdentity: { ...install, machineId: 'other' } }),
      keyOf({ installIdentity: { ...install, hostname: 'other' } }),
      keyOf({ installIdentity: { ...install, uid: 1001 } }),
      keyOf({ installIdentity: { ...install, dataDir: '/other' } }),
      keyOf({ installIdentity: { installId: 'm' } }),
      keyOf({ stretching: { ...stretching, iterations: 2 } }),
    ])
    expect(new Set([key, ...others]).size).toBe(8)
  })
})

it('an ephemeral password is another one at each start, and shown on the machine', async () => {
  await using opened = await open({ mode: 'ephemeral' })
  const shown = await opened.passwords.reveal()
  expect(shown).toMatchObject({ kind: 'ephemeral', expiresAt: null })
  expect(await isRight(opened.passwords, shown?.password ?? '')).toBe(true)
  expect(await isRight(opened.passwords, shown?.password ?? '')).toBe(true)
  const restarted = opened.restart()
  expect((await restarted.reveal())?.password).not.toBe(shown?.password)
  expect(await isRight(restarted, shown?.password ?? '')).toBe(false)
  expect(opened.onDisk()).not.toContain(shown?.password)
})

it('mode accounts takes its key of tokens from the install key', async () => {
  await using opened = await open()
  expect(await opened.passwords.tokenKey()).toEqual(new Uint8Array(32).fill(1))
})
