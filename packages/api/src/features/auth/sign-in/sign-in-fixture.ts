import { createHmac } from 'node:crypto'
import { provePassword, registerPassword } from '@sallyport/testing/password-browser'
import type { Connection } from '../../../connection.ts'
import { AppError } from '../../../errors.ts'
import { type CookieBrowser, openTestApi, signInWith, type TestApi } from '../../../open-test-api.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const DAY = 24 * 60 * MINUTE

export const OWN_PASSWORD = 'a password of my own'

/** `ok`, or the code of the refusal. */
export const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof AppError) return error.errorCode
    throw error
  }
}

/** `event outcome` of every row, oldest first. */
export const events = async (test: TestApi): Promise<string[]> =>
  (await test.auditRows()).map(({ event, outcome }) => `${event} ${outcome}`)

/** What an authenticator app shows (RFC 6238), written from the RFC and not with our own code. */
export const appCode = (secret: string, at: number): string => {
  const bits = [...secret].map((digit) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const start = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** A browser that has proved the setup password of a first run. */
export const onboardingBrowser = async (test: TestApi): Promise<CookieBrowser> => {
  const { password } = await test.local.auth.revealPassword()
  const browser = test.newBrowser()
  await signInWith(browser, { password })
  return browser
}

export const choosePassword = async (
  { call }: CookieBrowser,
  { user = 'ada', password = OWN_PASSWORD }: { readonly user?: string; readonly password?: string } = {},
): Promise<void> => {
  const { stretching, serverId } = await call.auth.signInOptions()
  const start = (request: string) => call.auth.startOnboardingPassword({ user, request })
  const record = await registerPassword({ password, stretching, serverId, start })
  await call.auth.finishOnboardingPassword({ record })
}

export interface Owner {
  /** The one that was set up: signed in. */
  readonly browser: CookieBrowser
  readonly secret: string
  readonly recoveryCodes: string[]
  /** A code of the authenticator that was not used yet. */
  nextCode(): string
}

/** The whole first run: setup password, own password, authenticator. */
export const setUpOwner = async (test: TestApi, user?: string): Promise<Owner> => {
  const browser = await onboardingBrowser(test)
  await choosePassword(browser, user === undefined ? {} : { user })
  const { secret } = await browser.call.auth.startEnrolment()
  const { recoveryCodes } = await browser.call.auth.confirmEnrolment({ code: appCode(secret, test.clock.now()) })
  return {
    browser,
    secret,
    recoveryCodes: recoveryCodes ?? [],
    nextCode: () => {
      test.clock.advance(30 * SECOND)
      return appCode(secret, test.clock.now())
    },
  }
}

/** A browser that has given the right password and is asked for a code. */
export const halfSignedIn = async (test: TestApi, facts: Partial<Connection> = {}): Promise<CookieBrowser> => {
  const browser = test.newBrowser(facts)
  await signInWith(browser, { password: OWN_PASSWORD })
  return browser
}

/** A wrong guess, as a guesser makes it who wants nothing but the first answer. Gives back that answer. */
export const guess = async (
  { call }: CookieBrowser,
  { user = 'ada', password = 'a wrong guess' }: { readonly user?: string; readonly password?: string } = {},
): Promise<{ subject: string; response: string } | undefined> => {
  const { stretching, serverId } = await call.auth.signInOptions()
  let answer: { subject: string; response: string } | undefined
  const start = async (request: string) => {
    answer = await call.auth.startSignIn({ user, request })
    return answer
  }
  await provePassword({ password, stretching, serverId, start })
  return answer
}

/** An API whose owner is set up. The clock has moved on: what the limits counted of the setup is forgotten. */
export const openOwned = async (): Promise<TestApi & { readonly owner: Owner }> => {
  const test = await openTestApi()
  const owner = await setUpOwner(test)
  test.clock.advance(11 * MINUTE)
  return Object.assign(test, { owner })
}

/** Everybody was guessed at so often, the last time so long ago that no delay is left of it. */
export const failedBefore = async (test: TestApi, failures: number): Promise<void> => {
  await test.database.execute(`UPDATE "User" SET "failedSignIns" = ?`, [failures])
  test.clock.advance(16 * MINUTE)
}
