import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuiltCli } from '../testing/built-cli.ts'
import { failedSignIn } from '../testing/failed-sign-in.ts'
import { RealDaemon } from '../testing/real-daemon.ts'
import { SignedInBrowser } from '../testing/signed-in-browser.ts'

let built: BuiltCli
/** Mode accounts: nobody sets a password in this one, whatever is tried. */
let untouched: RealDaemon
/** And here some do. */
let changed: RealDaemon

beforeAll(async () => {
  built = await BuiltCli.buildWithDaemon()
  untouched = await RealDaemon.start(built)
  changed = await RealDaemon.start(built)
}, 60_000)

afterAll(async () => {
  await untouched[Symbol.asyncDispose]()
  await changed[Symbol.asyncDispose]()
  built.remove()
}, 60_000)

const restored = { echo: true, canonical: true }
const passphrase = 'correct horse battery staple'
const readable = /^[A-Za-z0-9]{24}\n$/

const hasPassword = async (daemon: RealDaemon): Promise<boolean> =>
  JSON.parse((await daemon.run(['auth', 'status', '--json'])).stdout).users[0].hasPassword

describe('mode accounts, before anybody has a password', () => {
  test('every hint leads to the setup password, which is printed alone and stays the same until it is used', async () => {
    const url = untouched.started.stdout.trim()
    expect(untouched.started.stderr).toContain(`sign in: ${url}, setup password: sallyport password`)
    expect((await untouched.run(['daemon', 'status'])).stdout).toContain('sign in  setup password: sallyport password')
    expect((await untouched.run(['auth', 'status'])).stderr).toContain('setup password: sallyport password')

    const printed = await untouched.run(['password'])
    expect(printed).toMatchObject({ exit: 0, stderr: '' })
    expect(printed.stdout).toMatch(readable)
    const json = JSON.parse((await untouched.run(['password', '--json'])).stdout)
    expect(json).toEqual({
      schemaVersion: 1,
      password: printed.stdout.trim(),
      kind: 'bootstrap',
      expiresAt: expect.stringMatching(/Z$/),
    })

    await using pty = untouched.pty(['password'], { WAYLAND_DISPLAY: 'wayland-0' })
    expect((await pty.ended()).exit).toBe(0)
    const [password, where, scrollback] = pty.output.split('\r\n')
    expect(password).toBe(printed.stdout.trim())
    expect(where).toMatch(/^type it at http:\/\/localhost:\d+ until \d{4}-\d\d-\d\d \d\d:\d\d; it works once/)
    expect(scrollback).toContain('sallyport password | wl-copy')
  })

  test('auth status tells how people sign in, as a table and as JSON', async () => {
    const table = (await untouched.run(['auth', 'status'])).stdout.split('\n')
    expect(table[0]).toBe('sign-in  accounts, second factor required')
    expect(table[1]).toMatch(/^USER +ROLE +PASSWORD +SECOND FACTOR/)
    expect(table[2]).toMatch(/ owner +no +no +0 +0 +0 +open$/)
    expect(JSON.parse((await untouched.run(['auth', 'status', '--json'])).stdout)).toMatchObject({
      schemaVersion: 1,
      mode: 'accounts',
      users: [{ role: 'owner', hasPassword: false, closedUntil: null }],
    })
  })
})

describe('auth reset-password', () => {
  test('reads one line of standard input, keeps it out of everything on disk, and ends the setup password', async () => {
    await using daemon = await RealDaemon.start(built)
    const setup = (await daemon.run(['password'])).stdout.trim()
    const reset = await daemon.run(['auth', 'reset-password'], `${passphrase}\nnot this line\n`)
    expect(reset).toMatchObject({ exit: 0, stdout: '' })
    expect(reset.stderr).toContain('has a new password; no device was signed in')
    expect(await hasPassword(daemon)).toBe(true)

    for (const file of readdirSync(daemon.dataDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const content = readFileSync(join(file.parentPath, file.name))
      expect([file.name, content.includes(passphrase), content.includes(setup)]).toEqual([file.name, false, false])
    }

    const gone = await daemon.run(['password'])
    expect(gone).toMatchObject({ exit: 4, stdout: '' })
    expect(gone.stderr).toContain('a password is set')
    expect(gone.stderr).toContain('sallyport auth reset-password')
    const json = await daemon.run(['password', '--json'])
    expect([json.exit, JSON.parse(json.stdout).error.code, json.stderr]).toEqual([4, 'not_found', ''])
  })

  test('--generate prints a new one alone, another each time, and asks nothing', async () => {
    const first = await changed.run(['auth', 'reset-password', '--generate'])
    const second = await changed.run(['auth', 'reset-password', '--generate'])
    expect(first.stdout).toMatch(readable)
    expect(second.stdout).toMatch(readable)
    expect(second.stdout).not.toBe(first.stdout)
    expect(first.stderr).toContain('has a new password')
    expect(await hasPassword(changed)).toBe(true)
  })

  test('refuses what is no password, says how to do better, and changes nothing', async () => {
    for (const [stdin, why] of [
      ['', 'held no password'],
      ['\n', 'held no password'],
      ['tooshrt\n', 'at least 8 characters'],
      [`${'a long one, with a tab'}\t\n`, 'Control characters'],
      [`${passphrase}\0\n`, 'Control characters'],
      [`${'x'.repeat(2000)}\n`, 'at most 1024 bytes'],
      ['x'.repeat(100_000), 'longer than'],
    ] as const) {
      const result = await untouched.run(['auth', 'reset-password'], stdin)
      expect([stdin.slice(0, 20), result.exit, result.stdout]).toEqual([stdin.slice(0, 20), 2, ''])
      expect(result.stderr).toContain(why)
      expect(result.stderr).toContain('--generate')
    }
    expect(await hasPassword(untouched)).toBe(false)
  })

  test('asks twice on a terminal, shows nothing of it, and bears a slip', async () => {
    await using pty = changed.pty(['auth', 'reset-password'])
    await pty.shows('not shown): ')
    pty.type('short\r')
    await pty.shows('Four or five words')
    pty.type(`${passphrase}\r`)
    await pty.shows('The same again: ')
    pty.type(`${passphrase}!\r`)
    await pty.shows('These two differ')
    pty.type(`${passphrase}\r${passphrase}\r`)
    await pty.shows('has a new password')
    expect(await pty.ended()).toEqual({ exit: 0, signal: null, ...restored })
    expect(pty.output).not.toContain('horse')
    expect(pty.output).not.toContain('scrollback')
    expect(await hasPassword(changed)).toBe(true)
  })

  test('gives up after three tries, and at once on Ctrl+C', async () => {
    await using pty = untouched.pty(['auth', 'reset-password'])
    await pty.shows('not shown): ')
    pty.type('a\rb\rc\r')
    expect(await pty.ended()).toEqual({ exit: 1, signal: null, ...restored })
    expect(pty.output).toContain('nothing was changed')

    await using interrupted = untouched.pty(['auth', 'reset-password'])
    await interrupted.shows('not shown): ')
    interrupted.type(`${passphrase}\x03`)
    expect(await interrupted.ended()).toEqual({ exit: 130, signal: null, ...restored })
    expect(interrupted.output).toContain('nothing was changed')
    expect(await hasPassword(untouched)).toBe(false)
  })

  test('asks nothing for a user that does not exist', async () => {
    await using pty = untouched.pty(['auth', 'reset-password', '--user', 'nobody'])
    expect((await pty.ended()).exit).toBe(4)
    expect(pty.output).toContain('there is no user nobody')
    expect(pty.output).not.toContain('New password')
  })
})

test('somebody with a second factor who forgot the password, and then lost the phone', async () => {
  await using daemon = await RealDaemon.start(built)
  const link = async (): Promise<string> => (await daemon.run(['open', '--print'])).stdout
  const accountOf = async () => JSON.parse((await daemon.run(['auth', 'status', '--json'])).stdout).users[0]
  const browser = await SignedInBrowser.follow(await link())
  await browser.enrolSecondFactor()
  expect(await accountOf()).toMatchObject({ hasSecondFactor: true, recoveryCodesLeft: 10, signedInDevices: 1 })

  // Eight characters are enough where a second factor stands behind them.
  const reset = await daemon.run(['auth', 'reset-password'], 'n1ne-ch!\n')
  expect(reset).toMatchObject({ exit: 0, stdout: '' })
  expect(reset.stderr).toContain('has a new password; 1 device is signed out')
  expect(reset.stderr).toContain('the second factor stays')
  expect(await browser.isSignedIn()).toBe(false)
  expect(await accountOf()).toMatchObject({ hasPassword: true, hasSecondFactor: true, signedInDevices: 0 })

  const another = await SignedInBrowser.follow(await link())
  await using pty = daemon.pty(['auth', 'reset-mfa'])
  await pty.shows('10 recovery codes')
  await pty.shows('to go on: ')
  pty.type(`${(await accountOf()).name}\r`)
  await pty.shows('has no second factor any more; 1 device is signed out')
  expect((await pty.ended()).exit).toBe(0)
  expect(await another.isSignedIn()).toBe(false)
  expect(await accountOf()).toMatchObject({ hasPassword: true, hasSecondFactor: false, recoveryCodesLeft: 0 })
})

test('auth reset-mfa wants to be told yes, without a terminal --yes, and nothing where there is nothing to take away', async () => {
  await using daemon = await RealDaemon.start(built)
  const nothing = await daemon.run(['auth', 'reset-mfa'])
  expect(nothing).toMatchObject({ exit: 0, stdout: '' })
  expect(nothing.stderr).toContain('has no second factor; nothing was changed')
  const browser = await SignedInBrowser.follow((await daemon.run(['open', '--print'])).stdout)
  await browser.enrolSecondFactor()

  const refused = await daemon.run(['auth', 'reset-mfa'], 'yes\n')
  expect(refused).toMatchObject({ exit: 2, stdout: '' })
  expect(refused.stderr).toContain('--yes')
  await using declined = daemon.pty(['auth', 'reset-mfa'])
  await declined.shows('to go on: ')
  declined.type('y\r')
  expect((await declined.ended()).exit).toBe(1)
  expect(declined.output).toContain('nothing was changed')
  expect(await browser.isSignedIn()).toBe(true)

  const done = await daemon.run(['auth', 'reset-mfa', '--yes'])
  expect(done).toMatchObject({ exit: 0, stdout: '' })
  expect(done.stderr).toContain('the next sign-in has to set up a new one')
  expect(await browser.isSignedIn()).toBe(false)
})

test('auth unlock says whom it let in again, or that nobody was kept out', async () => {
  await changed.run(['auth', 'reset-password', '--generate'])
  expect(await changed.run(['auth', 'unlock'])).toEqual({ exit: 0, stdout: '', stderr: 'nobody was locked out\n' })
  expect(await failedSignIn(changed.started.stdout.trim())).toBe(401)
  const [{ name, failedSignIns }] = JSON.parse((await changed.run(['auth', 'status', '--json'])).stdout).users
  expect(failedSignIns).toBe(1)
  expect(await changed.run(['auth', 'unlock'])).toEqual({ exit: 0, stdout: '', stderr: `unlocked: ${name}\n` })
  expect(await changed.run(['auth', 'unlock', '--user', name])).toMatchObject({ stderr: 'nobody was locked out\n' })
  expect((await changed.run(['auth', 'unlock', '--user', 'nobody'])).exit).toBe(4)
})

test('mode ephemeral: the password of this run is printed, and cannot be reset', async () => {
  await using daemon = await RealDaemon.start(built, { SALLYPORT_AUTH_MODE: 'ephemeral' })
  expect(daemon.started.stderr).toContain('password until its next start: sallyport password')
  expect((await daemon.run(['password'])).stdout).toMatch(readable)
  expect(JSON.parse((await daemon.run(['password', '--json'])).stdout)).toMatchObject({
    kind: 'ephemeral',
    expiresAt: null,
  })
  const reset = await daemon.run(['auth', 'reset-password'], `${passphrase}\n`)
  expect(reset.exit).toBe(5)
  expect(reset.stderr).toContain('sallyport password')
})

test('mode password: it is printed by nobody, and changed where the daemon is started', async () => {
  await using daemon = await RealDaemon.start(built, { SALLYPORT_PASSWORD: passphrase })
  expect(daemon.started.stderr).not.toContain('sallyport password')
  const printed = await daemon.run(['password'])
  expect(printed).toMatchObject({ exit: 4, stdout: '' })
  expect(printed.stderr).toContain('it was set where the daemon was started')
  const reset = await daemon.run(['auth', 'reset-password', '--generate'])
  expect(reset).toMatchObject({ exit: 5, stdout: '' })
  expect(reset.stderr).toContain('set where the daemon is started')
})

test('mode off: every verb says that nobody signs in', async () => {
  await using daemon = await RealDaemon.start(built, { SALLYPORT_AUTH_MODE: 'off' })
  expect(daemon.started.stderr).toContain('no sign-in (auth.mode: off)')
  expect((await daemon.run(['auth', 'status'])).stdout).toContain('off')
  const printed = await daemon.run(['password'])
  expect(printed.exit).toBe(4)
  expect(printed.stderr).toContain('sign-in is off')
  expect((await daemon.run(['auth', 'reset-password', '--generate'])).exit).toBe(5)
  expect((await daemon.run(['auth', 'reset-mfa', '--yes'])).exit).toBe(5)
})
