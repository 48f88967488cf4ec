import { spawnSync } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { CallRefused, HttpBrowser } from '@sallyport/testing/http-browser'
import { chooseOwnPassword, isSignedIn, onboard, PASSWORD, signInAgain } from './fixtures/account.ts'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'

const restart = async (daemon: TestDaemon, environment: NodeJS.ProcessEnv = {}): Promise<void> => {
  await daemon.end('SIGKILL')
  daemon.setEnvironment(environment)
  await daemon.start()
}

const codeOfRefusal = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof CallRefused ? error.code : `no refusal: ${error}`
}

/** Why a daemon does not start with these variables. */
const startError = async (environment: NodeJS.ProcessEnv, config = ''): Promise<string> => {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'))
  await writeFile(join(home, 'config.yaml'), config)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(import.meta.dirname, '../apps/cli/bin/sallyport.js'),
      'daemon',
      '--port',
      '0',
      '--config',
      join(home, 'config.yaml'),
    ],
    {
      env: {
        ...process.env,
        SALLYPORT_DATA_DIR: join(home, 'data'),
        SALLYPORT_CONFIG_DIR: join(home, 'keys'),
        ...environment,
      },
      encoding: 'utf8',
      timeout: 20_000,
    },
  )
  await rm(home, { recursive: true, force: true })
  expect(status, stdout).not.toBe(0)
  return stderr
}

test.describe('mode accounts', () => {
  test('the first run sets an account up; its sign-ins survive restart and another working directory', async ({
    daemon,
  }) => {
    const options = await new HttpBrowser(daemon).query('auth.signInOptions')
    expect(options).toMatchObject({ mode: 'accounts', isFirstRun: true, asksUserName: false })
    // A2: Argon2id in the browser.
    expect(options).toMatchObject({ stretching: { memoryKib: 19_456, iterations: 2, parallelism: 1 } })
    const account = await onboard(daemon)
    expect(await new HttpBrowser(daemon).query('auth.signInOptions')).toMatchObject({ isFirstRun: false })
    await restart(daemon)
    expect(await isSignedIn(account.browser)).toBe(true)
    const again = await signInAgain(daemon, account, 0)
    expect(await isSignedIn(again)).toBe(true)
    // Nothing is left to reveal: the password is the person's own.
    expect(await daemon.cli('password')).toMatchObject({ code: 4, stdout: '' })
  })

  test('a setup password works once, and a finished account needs more than it', async ({ daemon }) => {
    const bootstrap = (await daemon.ok('password')).trim()
    expect(bootstrap).toMatch(/^[A-HJ-NP-Za-km-z2-9]{24}$/)
    const first = new HttpBrowser(daemon)
    expect(await first.signIn(bootstrap)).toBe('onboarding')
    expect(await codeOfRefusal(new HttpBrowser(daemon).signIn(bootstrap))).toBe('sign_in_failed')
    // The onboarding cookie can do nothing else.
    expect(await codeOfRefusal(first.query('session.list', {}))).toBe('unauthenticated')
    expect(await codeOfRefusal(first.query('auth.listSessions'))).toBe('unauthenticated')
    // No call skips the second factor, before there is a password or after.
    expect(await codeOfRefusal(first.mutate('auth.skipEnrolment'))).not.toMatch(/^no refusal/)
    await chooseOwnPassword(first, 'ada', PASSWORD)
    expect(await codeOfRefusal(first.mutate('auth.skipEnrolment'))).not.toMatch(/^no refusal/)
    expect(await codeOfRefusal(first.mutate('auth.confirmEnrolment', { code: '000000' }))).not.toMatch(/^no refusal/)
    expect(await isSignedIn(first)).toBe(false)
  })
})

test.describe('mode password', () => {
  const environment = { SALLYPORT_PASSWORD: PASSWORD }

  test('the environment password signs in, and is nowhere to be had from the daemon', async ({ startDaemon }) => {
    const daemon = await startDaemon(environment)
    const browser = new HttpBrowser(daemon)
    expect(await browser.query('auth.signInOptions')).toMatchObject({
      mode: 'password',
      asksUserName: false,
      isFirstRun: false,
    })
    expect(await browser.signIn(PASSWORD)).toBe('signed_in')
    expect(await codeOfRefusal(new HttpBrowser(daemon).signIn('wrong-Canary-battery-staple'))).toBe('sign_in_failed')
    expect(await daemon.cli('password')).toMatchObject({ code: 4, stdout: '' })
    expect(await daemon.cli('auth', 'reset-password', '--generate')).toMatchObject({ code: 5 })
    expect(await daemon.ok('config', 'show')).not.toContain(PASSWORD)
  })

  test('sign-ins survive a restart with the same password and install, and nothing else', async ({ startDaemon }) => {
    const daemon = await startDaemon(environment)
    const browser = new HttpBrowser(daemon)
    await browser.signIn(PASSWORD)
    expect(await isSignedIn(browser)).toBe(true)

    await restart(daemon, environment)
    expect(await isSignedIn(browser)).toBe(true)

    await restart(daemon, { SALLYPORT_PASSWORD: `${PASSWORD}-another` })
    expect(await isSignedIn(browser)).toBe(false)
    // A stand-in for another machine id: what replaces it.
    await restart(daemon, { ...environment, SALLYPORT_INSTALL_ID: 'another-machine' })
    expect(await isSignedIn(browser)).toBe(false)
    await restart(daemon, environment)
    expect(await isSignedIn(browser)).toBe(true)

    await daemon.endAll()
    const moved = `${daemon.dataDir}-moved`
    await rename(daemon.dataDir, moved)
    daemon.setEnvironment(environment)
    await daemon.start('--data-dir', moved)
    expect(await isSignedIn(browser)).toBe(false)
    await daemon.end('SIGKILL')
    await rename(moved, daemon.dataDir)
  })

  test('the password comes from a file or a systemd credential as well; two of them, or a contradiction, stop the start', async ({
    startDaemon,
  }) => {
    const home = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'))
    const file = join(home, 'sallyport-password')
    await writeFile(file, `${PASSWORD}\n`, { mode: 0o600 })
    for (const source of [{ SALLYPORT_PASSWORD_FILE: file }, { CREDENTIALS_DIRECTORY: home }]) {
      const daemon = await startDaemon(source)
      expect(await new HttpBrowser(daemon).signIn(PASSWORD)).toBe('signed_in')
    }
    expect(await startError({ ...environment, SALLYPORT_PASSWORD_FILE: file })).toContain('SALLYPORT_PASSWORD_FILE')
    for (const mode of ['accounts', 'ephemeral', 'off']) {
      expect(await startError(environment, `auth:\n  mode: ${mode}\n`), mode).toContain('SALLYPORT_PASSWORD')
    }
    expect(await startError({}, 'auth:\n  mode: password\n')).toContain('SALLYPORT_PASSWORD')
    expect(await startError({ SALLYPORT_PASSWORD: 'password' })).not.toBe('')
    expect(await startError({ SALLYPORT_PASSWORD: 'short' })).not.toContain('short')
    await rm(home, { recursive: true })
  })
})

test('mode ephemeral: a fresh password each boot, shown by one command only; every restart signs everybody out', async ({
  startDaemon,
}) => {
  const daemon = await startDaemon({ SALLYPORT_AUTH_MODE: 'ephemeral' })
  const password = (await daemon.ok('password')).trim()
  expect(password).toMatch(/^\S{24}$/)
  const browser = new HttpBrowser(daemon)
  expect(await browser.query('auth.signInOptions')).toMatchObject({ mode: 'ephemeral' })
  expect(await browser.signIn(password)).toBe('signed_in')
  expect(daemon.output).not.toContain(password)

  await restart(daemon, { SALLYPORT_AUTH_MODE: 'ephemeral' })
  expect(await isSignedIn(browser)).toBe(false)
  expect(JSON.parse(await daemon.ok('auth', 'sessions', '--json')).authSessions).toEqual([])
  expect(await codeOfRefusal(new HttpBrowser(daemon).signIn(password))).toBe('sign_in_failed')
  expect((await daemon.ok('password')).trim()).not.toBe(password)
})

test('mode off: no sign-in on this machine, a banner says so, and what lasts is changed on the socket only', async ({
  page,
  startDaemon,
}) => {
  const daemon = await startDaemon({ SALLYPORT_AUTH_MODE: 'off' })
  const browser = new HttpBrowser(daemon)
  expect(await browser.query('auth.whoami')).toMatchObject({ kind: 'open' })
  expect(await browser.query('session.list', {})).toMatchObject({ sessions: [] })
  expect(await codeOfRefusal(browser.mutate('auth.startTotp'))).toBe('socket_only')
  expect(await codeOfRefusal(browser.query('admin.audit', {}))).toBe('forbidden')
  // Through a proxy it is not this machine.
  const proxied = new HttpBrowser({ url: daemon.url, headers: { 'X-Forwarded-For': '192.0.2.7' } })
  expect(await codeOfRefusal(proxied.query('session.list', {}))).toBe('unauthenticated')
  await page.goto(`${daemon.url}/`)
  await expect(page.getByRole('heading', { name: 'Sessions', exact: true })).toBeVisible()
  await expect(page.getByText(/Sign-in is off/).first()).toBeVisible()
  expect(await startError({ SALLYPORT_AUTH_MODE: 'off', SALLYPORT_HTTP_HOST: '0.0.0.0' })).toContain('0.0.0.0')
})

test('a change of the mode signs everybody out, and for good', async ({ daemon }) => {
  const account = await onboard(daemon)
  await restart(daemon, { SALLYPORT_PASSWORD: PASSWORD })
  expect(await isSignedIn(account.browser)).toBe(false)
  await restart(daemon)
  expect(await isSignedIn(account.browser)).toBe(false)
  // The account itself is still there.
  expect(await isSignedIn(await signInAgain(daemon, account, 0))).toBe(true)
})
