import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CookieBrowser, openTestApi, type TestApi } from '../../../open-test-api.ts'
import {
  appCode,
  choosePassword,
  codeOf,
  guess,
  halfSignedIn,
  MINUTE,
  onboardingBrowser,
  setUpOwner,
} from './sign-in-fixture.ts'

/**
 * Every state of a sign-in against every procedure that could take it further, called directly with what a client would send. The flow's own table is beside it
 * (`sign-in-flow.test.ts`); this one proves that no procedure knows a way around it.
 */
const steps: Record<string, (browser: CookieBrowser, test: TestApi) => Promise<unknown>> = {
  finishSignIn: ({ call }) => call.auth.finishSignIn({ finish: 'A'.repeat(86) }),
  verifySecondFactor: ({ call }) => call.auth.verifySecondFactor({ method: 'totp', code: '000000' }),
  finishOnboardingPassword: ({ call }) => call.auth.finishOnboardingPassword({ record: 'A'.repeat(256) }),
  confirmEnrolment: ({ call }) => call.auth.confirmEnrolment({ code: '000000' }),
  skipEnrolment: ({ call }) => call.auth.skipEnrolment(),
  'session.list': ({ call }) => call.session.list(),
  security: ({ call }) => call.auth.security(),
  // Last, because these two are the way on.
  startEnrolment: ({ call }) => call.auth.startEnrolment(),
  bothOnboardingPassword: (browser) => choosePassword(browser, { user: 'eve', password: 'a password of eve' }),
}

type Codes = Readonly<Record<keyof typeof steps, string>>

const nobody: Codes = {
  finishSignIn: 'sign_in_failed',
  verifySecondFactor: 'sign_in_failed',
  bothOnboardingPassword: 'unauthenticated',
  finishOnboardingPassword: 'unauthenticated',
  startEnrolment: 'unauthenticated',
  confirmEnrolment: 'unauthenticated',
  skipEnrolment: 'unauthenticated',
  'session.list': 'unauthenticated',
  security: 'unauthenticated',
}

const states: Record<string, { readonly enter: (test: TestApi) => Promise<CookieBrowser>; readonly codes: Codes }> = {
  anonymous: { enter: async (test) => test.newBrowser(), codes: nobody },
  started: {
    enter: async (test) => {
      const browser = test.newBrowser()
      await guess(browser)
      return browser
    },
    codes: nobody,
  },
  second_factor: {
    enter: async (test) => {
      await setUpOwner(test)
      return halfSignedIn(test)
    },
    codes: nobody,
  },
  onboarding: {
    enter: onboardingBrowser,
    codes: {
      ...nobody,
      bothOnboardingPassword: 'ok',
      finishOnboardingPassword: 'conflict',
      startEnrolment: 'conflict',
      confirmEnrolment: 'conflict',
      skipEnrolment: 'conflict',
    },
  },
  enrolment: {
    enter: async (test) => {
      const browser = await onboardingBrowser(test)
      await choosePassword(browser)
      return browser
    },
    codes: {
      ...nobody,
      bothOnboardingPassword: 'conflict',
      finishOnboardingPassword: 'conflict',
      startEnrolment: 'ok',
      // Nothing was begun.
      confirmEnrolment: 'conflict',
      // The daemon of this test asks everybody for a second factor.
      skipEnrolment: 'conflict',
    },
  },
  signed_in: {
    enter: async (test) => (await setUpOwner(test)).browser,
    codes: { ...nobody, 'session.list': 'ok', security: 'ok' },
  },
}

describe.each(Object.entries(states))('in state %s', (_state, { enter, codes }) => {
  let test: TestApi

  beforeAll(async () => {
    test = await openTestApi()
  })
  afterAll(() => test[Symbol.asyncDispose]())

  it('each procedure answers as the table says, and nothing else signs in', async () => {
    const browser = await enter(test)
    const session = browser.cookies.get('session')
    const answers: Record<string, string> = {}
    for (const [name, step] of Object.entries(steps)) {
      const copy = test.newBrowser()
      for (const [cookie, value] of browser.cookies) copy.plant(cookie, value)
      answers[name] = await codeOf(step(copy, test))
      expect(copy.cookies.get('session'), name).toBe(session)
    }
    expect(answers).toEqual(codes)
  })
})

it('one way leads from the first password to the last code, in this order only', async () => {
  await using test = await openTestApi()
  const browser = await onboardingBrowser(test)
  const begin = () => codeOf(browser.call.auth.startEnrolment())
  expect(await begin()).toBe('conflict')
  await choosePassword(browser)
  const { secret } = await browser.call.auth.startEnrolment()
  expect(await codeOf(browser.call.auth.confirmEnrolment({ code: 'abcdef' }))).toBe('sign_in_failed')
  await browser.call.auth.confirmEnrolment({ code: appCode(secret, test.clock.now()) })
  expect(await begin()).toBe('unauthenticated')
  test.clock.advance(MINUTE)
  expect(await browser.call.auth.whoami()).toMatchObject({ kind: 'user', user: 'ada' })
})
