import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { HttpBrowser } from '@sallyport/testing/http-browser'
import { provePassword, registerPassword } from '@sallyport/testing/password-browser'
import { codeOf, onboard, PASSWORD, signInAgain } from './fixtures/account.ts'
import type { TestDaemon } from './fixtures/daemon.ts'
import { test } from './fixtures/test.ts'
import { startWiretap } from './fixtures/wiretap.ts'

const NEXT_PASSWORD = 'second-Canary-horse-battery'

/** A secret in every spelling that somebody might store or send it in. */
const spellings = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(bytes).digest())
  return [
    secret,
    ...[bytes, ...hashes].flatMap((raw) => ['hex', 'base64', 'base64url'].map((to) => raw.toString(to as 'hex'))),
  ]
    .map((text) => text.replace(/=+$/, ''))
    .filter((text) => text.length >= 8)
}

const rawBase32 = (text: string): Buffer => {
  const bits = [...text].map((character) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0'),
  )
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

const filesUnder = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** Where any of the secrets occurs. */
const sightings = (
  haystacks: ReadonlyMap<string, Buffer>,
  secrets: Readonly<Record<string, readonly (string | Buffer)[]>>,
): string[] =>
  [...haystacks].flatMap(([place, content]) =>
    Object.entries(secrets)
      .filter(([, forms]) => forms.some((form) => content.includes(form)))
      .map(([name]) => `${name} in ${place}`),
  )

const everyProcess = async (): Promise<[string, Buffer][]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const found: [string, Buffer][] = []
  for (const pid of pids) {
    const content = await readFile(`/proc/${pid}/cmdline`).catch(() => undefined)
    if (content !== undefined) found.push([`/proc/${pid}/cmdline`, content])
  }
  return found
}

const onDisk = async (daemon: TestDaemon): Promise<Map<string, Buffer>> => {
  const places = new Map<string, Buffer>([['the output of the daemon', Buffer.from(daemon.output)]])
  for (const file of [...(await filesUnder(daemon.dataDir)), ...(await filesUnder(daemon.configDir))]) {
    places.set(file, await readFile(file).catch(() => Buffer.alloc(0)))
  }
  return places
}

test('mode accounts: no password, code, secret, ticket or token lies on the disk, in a log, in an argument, and no password on the wire', async ({
  startDaemon,
  atEnd,
}) => {
  const daemon = await startDaemon()
  const wire = await startWiretap(daemon)
  atEnd(wire.close)
  const bootstrap = (await daemon.ok('password')).trim()
  const account = await onboard(daemon, { url: wire.url })
  const { browser } = account
  const arguments_ = await everyProcess()

  // A wrong password, a second browser, a step-up, a change of the password, a ticket, a reset: whatever handles a secret.
  await new HttpBrowser(wire).signIn('wrong-Canary-guess-battery').catch(() => undefined)
  const second = await signInAgain(wire, account, 0)
  const { stretching, serverId } = await browser.query<Parameters<typeof provePassword>[0]>('auth.signInOptions')
  const exchange = { stretching, serverId }
  const finish = await provePassword({
    ...exchange,
    password: account.password,
    start: (request) => browser.mutate('auth.startStepUp', { request }),
  })
  await browser.mutate('auth.finishStepUp', { finish })
  const record = await registerPassword({
    ...exchange,
    password: NEXT_PASSWORD,
    start: (request) => browser.mutate('auth.startPasswordChange', { request }),
  })
  await browser.mutate('auth.finishPasswordChange', { record })
  const { recoveryCodes } = await browser.mutate<{ recoveryCodes: string[] }>('auth.renewRecoveryCodes')
  const ticket = (await daemon.ok('open', '--print')).trim().split('#')[1] ?? ''
  const generated = (await daemon.ok('auth', 'reset-password', '--generate')).trim()

  const passwords = {
    'the password': spellings(account.password),
    'the next password': spellings(NEXT_PASSWORD),
    'the generated password': spellings(generated),
    'the setup password': spellings(bootstrap),
  }
  const secrets = {
    ...passwords,
    'the wrong password': spellings('wrong-Canary-guess-battery'),
    'the TOTP secret': [
      account.totpSecret,
      rawBase32(account.totpSecret),
      rawBase32(account.totpSecret).toString('hex'),
    ],
    'a recovery code': [...account.recoveryCodes, ...recoveryCodes].flatMap((code) => [code, code.replaceAll('-', '')]),
    'a ticket': [ticket],
    'a token': [...browser.cookies.values(), ...second.cookies.values()].filter((value) => value.length > 16),
  }
  expect(sightings(new Map([...(await onDisk(daemon)), ...arguments_]), secrets)).toEqual([])
  // After the last word of the daemon as well: what is flushed at its end.
  await daemon.endAll()
  expect(sightings(await onDisk(daemon), secrets)).toEqual([])
  expect(sightings(new Map([['the wire', wire.heard()]]), passwords)).toEqual([])
  // The search finds what is there: a test of the test.
  expect(sightings(new Map([['the wire', wire.heard()]]), { cookie: [...second.cookies.values()] })).toEqual([
    'cookie in the wire',
  ])
})

for (const mode of ['password', 'ephemeral'] as const) {
  test(`mode ${mode}: nothing that verifies the password is on the disk, and no command line or error names it`, async ({
    startDaemon,
    atEnd,
  }) => {
    const environment = mode === 'password' ? { SALLYPORT_PASSWORD: PASSWORD } : { SALLYPORT_AUTH_MODE: mode }
    const daemon = await startDaemon(environment)
    const wire = await startWiretap(daemon)
    atEnd(wire.close)
    const password = mode === 'password' ? PASSWORD : (await daemon.ok('password')).trim()
    const browser = new HttpBrowser(wire)
    await browser.signIn(password)
    await new HttpBrowser(wire).signIn(`${password}-wrong`).catch(() => undefined)
    const shell = (await daemon.ok('start', '--', 'sh', '-c', 'env; cat /proc/self/environ; sleep 1000')).trim()
    await expect.poll(() => daemon.ok('logs', shell)).toContain('PATH=')
    expect(await daemon.ok('logs', shell)).not.toContain(password)

    const secrets = { 'the password': spellings(password) }
    expect(sightings(new Map([...(await onDisk(daemon)), ...(await everyProcess())]), secrets)).toEqual([])
    const keeperEnvironment = await readFile(`/proc/${await daemon.keeperPid()}/environ`)
    expect(sightings(new Map([['the keeper', keeperEnvironment]]), secrets)).toEqual([])
    expect(sightings(new Map([['the wire', wire.heard()]]), secrets)).toEqual([])

    // No OPAQUE record, no server setup: with a copy of every file there is nothing to guess against.
    await daemon.endAll()
    const database = await readFile(join(daemon.dataDir, 'sallyport.db'))
    expect(database.includes('passwordRecord')).toBe(true)
    const records = execFileSync(
      process.execPath,
      [
        '-e',
        `const { createClient } = require('@libsql/client'); const c = createClient({ url: 'file:' + process.argv[1] });
       c.execute('SELECT count(*) AS n FROM "User" WHERE "passwordRecord" IS NOT NULL').then(({ rows }) => console.log(String(rows[0].n)))`,
        join(daemon.dataDir, 'sallyport.db'),
      ],
      { cwd: join(import.meta.dirname, '../packages/database'), encoding: 'utf8' },
    )
    expect(records.trim()).toBe('0')
  })
}

test('a code of the second factor is checked against an authenticator that is not ours, and counts once, also twice at the same moment', async ({
  startDaemon,
}) => {
  const daemon = await startDaemon()
  const account = await onboard(daemon)
  const pending = await Promise.all(
    [0, 1].map(async () => {
      const browser = new HttpBrowser(daemon)
      await browser.signIn(account.password)
      return browser
    }),
  )
  const code = codeOf(account.totpSecret, 1)
  const results = await Promise.allSettled(
    pending.map((browser) => browser.mutate('auth.verifySecondFactor', { method: 'totp', code })),
  )
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  // The one that enrolled used the step before.
  const [loser] = pending.filter((_, index) => results[index]?.status === 'rejected')
  for (const malformed of ['', '12345', '1234567', '١٢٣٤٥٦', '12 34 56 78', 'abcdef', '-12345']) {
    const answer = await loser?.send(
      'POST',
      '/trpc/auth.verifySecondFactor',
      JSON.stringify({ method: 'totp', code: malformed }),
    )
    expect(answer?.status, malformed).toBeGreaterThanOrEqual(400)
    expect(answer?.status, malformed).toBeLessThan(500)
  }
})
