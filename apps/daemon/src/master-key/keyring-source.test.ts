import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KeySet, newKeySet } from './key-set.ts'
import { createKeyringSource } from './keyring-source.ts'
import { installId } from './testing/sealed-row.ts'
import { otherInstallId } from './testing/start-master-keys.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-keyring-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Behaves as libsecret's, over a file per item, and writes down what it was called with. */
const secretTool = (...overrides: string[]): void => {
  const program = `#!${process.execPath}
const fs = require('node:fs')
const [verb, ...rest] = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(join(root, 'calls'))}, JSON.stringify({ argv: process.argv.slice(2), env: process.env }) + '\\n')
const item = ${JSON.stringify(join(root, 'item-'))} + rest.filter((word) => !word.startsWith('--')).join('-')
${overrides.join('\n')}
if (verb === 'store') fs.writeFileSync(item, fs.readFileSync(0))
else if (verb === 'lookup' && fs.existsSync(item)) process.stdout.write(fs.readFileSync(item))
else process.exitCode = 1
`
  writeFileSync(join(root, 'secret-tool'), program)
  chmodSync(join(root, 'secret-tool'), 0o755)
}
const source = (timeoutMs = 10_000) =>
  createKeyringSource({
    installId,
    environment: {
      PATH: root,
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/bus',
      SALLYPORT_PASSWORD: 'canary',
      HOME: '/home/me',
    },
    timeoutMs,
  })
const calls = (): { argv: string[]; env: Record<string, string> }[] =>
  readFileSync(join(root, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const newKeys = (): KeySet => newKeySet(randomBytes)

test('a key goes in and comes back, by stdin and stdout alone', async () => {
  secretTool()
  expect(await source().read()).toBeUndefined()
  const keys = newKeys()
  await source().create(keys)
  expect(await source().read()).toEqual(keys)
  const next: KeySet = { current: newKeys().current, previous: [keys.current] }
  await source().replace(next)
  expect(await source().read()).toEqual(next)
  const hex = [next.current, keys.current].map((key) => Buffer.from(key).toString('hex'))
  for (const { argv } of calls()) for (const digits of hex) expect(argv.join(' ')).not.toContain(digits)
  expect(calls().at(-1)?.argv).toEqual(['lookup', 'service', 'sallyport', 'install', installId])
})

test('what the program gets of our environment leads to the session bus and to nothing secret', async () => {
  secretTool()
  await source().read()
  expect(calls()[0]?.env).toMatchObject({ PATH: root, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/bus' })
  expect(JSON.stringify(calls())).not.toContain('canary')
})

test('an item that is there is never made anew', async () => {
  secretTool()
  const keys = newKeys()
  await source().create(keys)
  await expect(source().create(newKeys())).rejects.toThrow('has a master key of this install already')
  expect(await source().read()).toEqual(keys)
})

test('without secret-tool the sentence says what to install', async () => {
  await expect(source().read()).rejects.toThrow(/secret-tool is not installed.*libsecret-tools/)
  expect(existsSync(join(root, 'calls'))).toBe(false)
})

test('a keyring that cannot be reached is not an empty one', async () => {
  secretTool(`console.error('secret-tool: Cannot autolaunch D-Bus\\u001b[31m without X11'); process.exit(1)`)
  await expect(source().read()).rejects.toThrow(
    'the OS keyring cannot be read: secret-tool: Cannot autolaunch D-Bus[31m without X11',
  )
  await expect(source().create(newKeys())).rejects.toThrow('cannot be read')
  await expect(source().replace(newKeys())).rejects.toThrow('took no key')
})

test('a store that does not keep what it was given is found out', async () => {
  secretTool(`if (verb === 'store') process.exit(0)`)
  await expect(source().create(newKeys())).rejects.toThrow('does not give back the key')
})

test('an item that is damaged or of another install is a sentence that quotes nothing of it', async () => {
  secretTool()
  await source().create(newKeys())
  const item = join(root, `item-service-sallyport-install-${installId}`)
  const text = readFileSync(item, 'utf8')
  writeFileSync(item, text.replace(installId, otherInstallId))
  await expect(source().read()).rejects.toThrow('belongs to another install')
  writeFileSync(item, 'canary-canary')
  await expect(source().read()).rejects.toThrow(/is no key: restore it/)
  await expect(source().read()).rejects.not.toThrow('canary')
})

test('one that never answers, or never stops printing, is ended', async () => {
  secretTool('setInterval(() => undefined, 1000); return')
  await expect(source(300).read()).rejects.toThrow('did not answer within 0.3 s')
  secretTool(`for (;;) fs.writeSync(1, 'x'.repeat(65536))`)
  await expect(source().read()).rejects.toThrow('printed too much')
})
