import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Secret } from '@sallyport/crypto/secret'
import { type Database, openDatabase } from '@sallyport/database/database'
import { makeDataDirectory } from '@sallyport/testing/data-directory'
import { createFakeClock, type FakeClock } from '@sallyport/testing/fake-clock'
import { describe, expect, it } from 'vitest'
import type { SealedSecrets, SignInSecrets } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import { appCode, codeOf, MINUTE, SECOND } from '../sign-in/sign-in-fixture.ts'
import { createSecondFactorStore } from './second-factor.store.ts'
import { createSecondFactors, type SecondFactors } from './second-factors.ts'

const migrations = fileURLToPath(new URL('../../../../../../prisma/migrations', import.meta.url))
const ADA = 'user-ada'
const HOUR = 60 * MINUTE

interface SetUp extends AsyncDisposable {
  readonly clock: FakeClock
  readonly database: Database
  readonly dataDir: string
  readonly factors: SecondFactors
  readonly warnings: string[]
  readonly secrets: { current: SignInSecrets; failNext: boolean }
  /** The same database and sealed file after a restart. */
  restarted(): SecondFactors
  /** A whole enrolment; gives back the secret and the codes. */
  enrol(key?: string): Promise<{ secret: string; recoveryCodes: string[] | null }>
}

const setUp = async (): Promise<SetUp> => {
  const directory = await makeDataDirectory()
  const clock = createFakeClock()
  const warnings: string[] = []
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message), error: () => undefined }
  const database = await openDatabase({ path: join(directory.path, 'sallyport.db'), migrations, log })
  for (const id of [ADA, 'user-bob']) {
    await database.prisma.user.create({ data: { id, name: id, role: 'owner', createdAt: new Date(clock.now()) } })
  }
  const secrets = { current: { opaqueSetup: 'setup', totp: {} } as SignInSecrets, failNext: false }
  const sealedSecrets: SealedSecrets = {
    read: async () => secrets.current,
    update: async (change) => {
      if (secrets.failNext) throw new Error('no space left on device')
      secrets.current = change(secrets.current)
    },
  }
  const key = new Secret(new Uint8Array(randomBytes(32)))
  const create = () =>
    createSecondFactors({
      store: createSecondFactorStore(async () => database),
      sealedSecrets,
      clock,
      log,
      random: (size) => new Uint8Array(randomBytes(size)),
      recoveryCodeKey: key,
    })
  const factors = create()
  return {
    clock,
    database,
    dataDir: directory.path,
    factors,
    warnings,
    secrets,
    restarted: create,
    enrol: async (enrolment = 'auth-session') => {
      const { secret } = await factors.begin(enrolment, 'ada')
      const { recoveryCodes } = await factors.confirm(enrolment, ADA, appCode(secret, clock.now()))
      return { secret, recoveryCodes }
    },
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

const secretIds = ({ secrets }: SetUp): string[] => Object.keys(secrets.current.totp)
const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('setting an authenticator up', () => {
  it('shows a secret once, and makes it the second factor when an authenticator proves to hold it', async () => {
    await using test = await setUp()
    const { secret, uri } = await test.factors.begin('auth-session', 'ada')
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(uri).toBe(`otpauth://totp/Sallyport:ada?secret=${secret}&issuer=Sallyport`)
    expect(await test.factors.isEnrolled(ADA)).toBe(false)
    const { recoveryCodes } = await test.factors.confirm('auth-session', ADA, appCode(secret, test.clock.now()))
    expect(recoveryCodes).toHaveLength(10)
    expect(await test.factors.isEnrolled(ADA)).toBe(true)
    expect(await test.factors.describe(ADA)).toEqual({
      secondFactor: { enrolledAt: test.clock.now(), lastUsedAt: null },
      recoveryCodesLeft: 10,
      recoveryCodesMadeAt: test.clock.now(),
    })
  })

  it('allows five wrong codes, then the setup begins anew', async () => {
    await using test = await setUp()
    const { secret } = await test.factors.begin('auth-session', 'ada')
    const code = appCode(secret, test.clock.now())
    for (let n = 0; n < 5; n += 1) {
      expect(await codeOf(test.factors.confirm('auth-session', ADA, wrong(code)))).toBe('sign_in_failed')
    }
    expect(await codeOf(test.factors.confirm('auth-session', ADA, code))).toBe('conflict')
    expect(await test.factors.isEnrolled(ADA)).toBe(false)
    expect(secretIds(test)).toEqual([])
    await test.enrol()
  })

  it('waits ten minutes, and belongs to whoever began it', async () => {
    await using test = await setUp()
    const { secret } = await test.factors.begin('auth-session', 'ada')
    expect(await codeOf(test.factors.confirm('another', ADA, appCode(secret, test.clock.now())))).toBe('conflict')
    test.clock.advance(10 * MINUTE)
    expect(await codeOf(test.factors.confirm('auth-session', ADA, appCode(secret, test.clock.now())))).toBe('conflict')
  })

  it('confirmed twice at once happens once', async () => {
    await using test = await setUp()
    const { secret } = await test.factors.begin('auth-session', 'ada')
    const code = appCode(secret, test.clock.now())
    const both = [1, 2].map(() => codeOf(test.factors.confirm('auth-session', ADA, code)))
    expect((await Promise.all(both)).sort()).toEqual(['conflict', 'ok'])
    expect(secretIds(test)).toHaveLength(1)
  })

  it('uses up the code that confirmed it', async () => {
    await using test = await setUp()
    const { secret } = await test.enrol()
    expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(false)
    test.clock.advance(30 * SECOND)
    expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(true)
  })

  it('again replaces the authenticator and keeps the recovery codes that are left', async () => {
    await using test = await setUp()
    const old = await test.enrol()
    test.clock.advance(MINUTE)
    const fresh = await test.enrol('another auth-session')
    expect(fresh.recoveryCodes).toBeNull()
    test.clock.advance(MINUTE)
    expect(await test.factors.checkTotp(ADA, appCode(old.secret, test.clock.now()))).toBe(false)
    expect(await test.factors.checkTotp(ADA, appCode(fresh.secret, test.clock.now()))).toBe(true)
    expect(secretIds(test)).toHaveLength(1)
    expect(await test.factors.spendRecoveryCode(ADA, old.recoveryCodes?.[0] ?? '')).toEqual({ left: 9 })
  })

  it('makes new recovery codes where none is left, also when two browsers finish at once', async () => {
    await using test = await setUp()
    const secrets = await Promise.all(['a', 'b'].map((key) => test.factors.begin(key, 'ada')))
    const [first, second] = await Promise.all(
      secrets.map(({ secret }, n) => test.factors.confirm('ab'[n] ?? '', ADA, appCode(secret, test.clock.now()))),
    )
    const shown = [first?.recoveryCodes, second?.recoveryCodes].filter((codes) => codes !== null)
    expect(shown).toHaveLength(1)
    for (const code of shown[0] ?? []) expect(await test.factors.spendRecoveryCode(ADA, code)).not.toBeNull()
    test.clock.advance(MINUTE)
    expect((await test.enrol()).recoveryCodes).toHaveLength(10)
  })
})

describe('the secret of an authenticator', () => {
  it('is in the sealed file only: neither in the database nor in its write-ahead log', async () => {
    await using test = await setUp()
    const { secret, recoveryCodes } = await test.enrol()
    expect(Object.values(test.secrets.current.totp)).toEqual([secret])
    expect(test.secrets.current.opaqueSetup).toBe('setup')
    const canaries = [
      secret,
      ...(recoveryCodes ?? []),
      ...(recoveryCodes ?? []).map((code) => code.replaceAll('-', '')),
    ]
    for (const file of ['sallyport.db', 'sallyport.db-wal']) {
      const text = (await readFile(join(test.dataDir, file))).toString('latin1')
      for (const canary of canaries) expect(text.includes(canary)).toBe(false)
    }
  })

  it('is sealed before its row: where it cannot be written there is no factor that nobody can use', async () => {
    await using test = await setUp()
    const { secret } = await test.factors.begin('auth-session', 'ada')
    test.secrets.failNext = true
    await expect(test.factors.confirm('auth-session', ADA, appCode(secret, test.clock.now()))).rejects.toThrow('space')
    test.secrets.failNext = false
    expect(await test.factors.isEnrolled(ADA)).toBe(false)
    await test.enrol()
  })

  it('that a crash left behind is removed by the next change, and no other', async () => {
    await using test = await setUp()
    test.secrets.current = { ...test.secrets.current, totp: { orphan: 'A'.repeat(32) } }
    const { secret } = await test.factors.begin('bob', 'bob')
    await test.factors.confirm('bob', 'user-bob', appCode(secret, test.clock.now()))
    await test.enrol()
    expect(secretIds(test)).toHaveLength(2)
    expect(secretIds(test)).not.toContain('orphan')
    await test.factors.remove(ADA)
    expect(Object.values(test.secrets.current.totp)).toEqual([secret])
  })

  it('that cannot be removed opens nothing any more, and the daemon says so', async () => {
    await using test = await setUp()
    const { secret } = await test.enrol()
    test.secrets.failNext = true
    await test.factors.remove(ADA)
    expect(test.warnings).toHaveLength(1)
    test.clock.advance(MINUTE)
    expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(false)
  })

  it('that is missing although the account is enrolled closes the account, and says how to mend it', async () => {
    await using test = await setUp()
    const { secret } = await test.enrol()
    test.secrets.current = { opaqueSetup: null, totp: {} }
    test.clock.advance(MINUTE)
    await expect(test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).rejects.toMatchObject({
      errorCode: 'unavailable',
      message: expect.stringContaining('reset-mfa'),
    })
  })
})

describe('a code', () => {
  it('sent twice at once is accepted once', async () => {
    await using test = await setUp()
    const { secret } = await test.enrol()
    test.clock.advance(30 * SECOND)
    const code = appCode(secret, test.clock.now())
    const results = await Promise.all(Array.from({ length: 5 }, () => test.factors.checkTotp(ADA, code)))
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await test.factors.checkTotp(ADA, code)).toBe(false)
    expect((await test.factors.describe(ADA)).secondFactor?.lastUsedAt).toBe(test.clock.now())
  })

  it('is accepted once over a restart too', async () => {
    await using test = await setUp()
    const { secret } = await test.enrol()
    test.clock.advance(30 * SECOND)
    const code = appCode(secret, test.clock.now())
    expect(await test.factors.checkTotp(ADA, code)).toBe(true)
    expect(await test.restarted().checkTotp(ADA, code)).toBe(false)
  })

  it('of a clock that is one step off is accepted, of one that is two off is not', async () => {
    await using test = await setUp()
    const { secret } = await test.enrol()
    test.clock.advance(10 * MINUTE)
    const at = (offsetMs: number) => appCode(secret, test.clock.now() + offsetMs)
    expect(await test.factors.checkTotp(ADA, at(-60 * SECOND))).toBe(false)
    expect(await test.factors.checkTotp(ADA, at(60 * SECOND))).toBe(false)
    expect(await test.factors.checkTotp(ADA, at(-30 * SECOND))).toBe(true)
    expect(await test.factors.checkTotp(ADA, at(30 * SECOND))).toBe(true)
    // The step between them was passed over, and is over.
    expect(await test.factors.checkTotp(ADA, at(0))).toBe(false)
  })

  it('that was used stays dead when the clock is set back two hours; the answer is the ordinary refusal, and a recovery code helps', async () => {
    await using test = await setUp()
    const { secret, recoveryCodes } = await test.enrol()
    test.clock.advance(30 * SECOND)
    const used = appCode(secret, test.clock.now())
    expect(await test.factors.checkTotp(ADA, used)).toBe(true)
    test.clock.advance(-2 * HOUR)
    expect(await test.factors.checkTotp(ADA, used)).toBe(false)
    // Right for the clock as it is now, and perhaps used two hours ago by this very clock.
    expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(false)
    expect(await test.factors.spendRecoveryCode(ADA, recoveryCodes?.[0] ?? '')).toEqual({ left: 9 })
    test.clock.advance(2 * HOUR + 30 * SECOND)
    expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(true)
  })

  it.each([
    '',
    '12345',
    '1234567',
    'abcdef',
    '12 456',
    '１２３４５６',
    '-12345',
    '1e5000',
    '\u0000'.repeat(6),
    '9'.repeat(16),
  ])('of the shape %j is refused and breaks nothing', async (code) => {
    await using test = await setUp()
    await test.enrol()
    expect(await test.factors.checkTotp(ADA, code)).toBe(false)
    await test.factors.begin('auth-session', 'ada')
    expect(await codeOf(test.factors.confirm('auth-session', ADA, code))).toBe('sign_in_failed')
    expect(await test.factors.spendRecoveryCode(ADA, code)).toBeNull()
  })

  it('of somebody else, or of somebody without an authenticator, is wrong', async () => {
    await using test = await setUp()
    const { secret, recoveryCodes } = await test.enrol()
    test.clock.advance(30 * SECOND)
    expect(await test.factors.checkTotp('user-bob', appCode(secret, test.clock.now()))).toBe(false)
    expect(await test.factors.spendRecoveryCode('user-bob', recoveryCodes?.[0] ?? '')).toBeNull()
  })
})

describe('an account', () => {
  const refusal = async (call: Promise<unknown>): Promise<number | string> => {
    try {
      await call
      return 'looked at'
    } catch (error) {
      return error instanceof AppError && error.retryAfterSeconds !== undefined
        ? error.retryAfterSeconds
        : String(error)
    }
  }

  it('has ten wrong codes of either kind in fifteen minutes, and the right one does not help after that', async () => {
    await using test = await setUp()
    const { secret, recoveryCodes } = await test.enrol()
    test.clock.advance(MINUTE)
    const code = appCode(secret, test.clock.now())
    const all = Array.from({ length: 20 }, (_, n) =>
      refusal(n % 2 ? test.factors.checkTotp(ADA, wrong(code)) : test.factors.spendRecoveryCode(ADA, 'x')),
    )
    expect((await Promise.all(all)).filter((result) => result === 'looked at')).toHaveLength(10)
    expect(await refusal(test.factors.checkTotp(ADA, code))).toBe(900)
    expect(await refusal(test.factors.spendRecoveryCode(ADA, recoveryCodes?.[0] ?? ''))).toBe(900)
    // Of this account only.
    expect(await refusal(test.factors.checkTotp('user-bob', code))).toBe('looked at')
    test.clock.advance(15 * MINUTE)
    expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(true)
  })

  it('gets its point back for a right code', async () => {
    await using test = await setUp()
    const { secret, recoveryCodes } = await test.enrol()
    for (let n = 0; n < 12; n += 1) {
      test.clock.advance(30 * SECOND)
      expect(await test.factors.checkTotp(ADA, appCode(secret, test.clock.now()))).toBe(true)
    }
    for (const code of recoveryCodes ?? []) expect(await test.factors.spendRecoveryCode(ADA, code)).not.toBeNull()
  })
})

describe('a recovery code', () => {
  it('used five times at once works once, and what is left is counted', async () => {
    await using test = await setUp()
    const { recoveryCodes } = await test.enrol()
    const [code = '', another = ''] = recoveryCodes ?? []
    const results = await Promise.all(Array.from({ length: 5 }, () => test.factors.spendRecoveryCode(ADA, code)))
    expect(results.filter((result) => result !== null)).toEqual([{ left: 9 }])
    expect(await test.factors.spendRecoveryCode(ADA, ` ${another.toUpperCase().replaceAll('-', ' ')} `)).toEqual({
      left: 8,
    })
    expect((await test.factors.describe(ADA)).recoveryCodesLeft).toBe(8)
  })

  it('of a set that was renewed is void', async () => {
    await using test = await setUp()
    const { recoveryCodes } = await test.enrol()
    await test.factors.spendRecoveryCode(ADA, recoveryCodes?.[0] ?? '')
    test.clock.advance(MINUTE)
    const renewed = await test.factors.renewRecoveryCodes(ADA)
    expect(new Set([...renewed, ...(recoveryCodes ?? [])]).size).toBe(20)
    expect(await test.factors.spendRecoveryCode(ADA, recoveryCodes?.[1] ?? '')).toBeNull()
    expect(await test.factors.spendRecoveryCode(ADA, renewed[0] ?? '')).toEqual({ left: 9 })
    expect((await test.factors.describe(ADA)).recoveryCodesMadeAt).toBe(test.clock.now())
  })

  it('is gone with the authenticator', async () => {
    await using test = await setUp()
    const { recoveryCodes } = await test.enrol()
    await test.factors.remove(ADA)
    expect(await test.factors.spendRecoveryCode(ADA, recoveryCodes?.[0] ?? '')).toBeNull()
    expect(await test.factors.describe(ADA)).toEqual({
      secondFactor: null,
      recoveryCodesLeft: 0,
      recoveryCodesMadeAt: null,
    })
  })
})
