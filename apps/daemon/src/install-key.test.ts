import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configDirectory, loadInstall } from './install-key.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-key-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const load = () => loadInstall(root, join(root, 'config'))
const keyFile = () => join(root, 'config', readdirSync(join(root, 'config'))[0] ?? '')

test('the key is made once, 0600 in a 0700 directory, and found again', async () => {
  const { id, key } = await load()
  expect(key).toHaveLength(32)
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
  expect(statSync(join(root, 'config')).mode & 0o777).toBe(0o700)
  expect(await load()).toEqual({ id, key })
  expect(keyFile()).toContain(id)
  expect(readFileSync(join(root, 'install-id'), 'utf8')).toBe(`${id}\n`)
})

test('a key that others could read, of another size, or behind a link is refused with a sentence', async () => {
  await load()
  const file = keyFile()
  chmodSync(file, 0o640)
  await expect(load()).rejects.toThrow('chmod 600')
  chmodSync(file, 0o600)
  writeFileSync(file, 'short')
  await expect(load()).rejects.toThrow('5 bytes long, not 32')
  rmSync(file)
  symlinkSync('/dev/zero', file)
  await expect(load()).rejects.toThrow('symbolic link')
})

test('an id that is none is damage, not a new install', async () => {
  await load()
  writeFileSync(join(root, 'install-id'), 'x'.repeat(33))
  await expect(load()).rejects.toThrow('holds no id: it is damaged; restore it from a backup')
})

test('the config directory is the explicit one, else XDG, else in the home directory', () => {
  expect(configDirectory({ SALLYPORT_CONFIG_DIR: '/a', XDG_CONFIG_HOME: '/b' })).toBe('/a')
  expect(configDirectory({ XDG_CONFIG_HOME: '/b' })).toBe('/b/sallyport')
  expect(configDirectory({ XDG_CONFIG_HOME: 'relative' })).toMatch(/\/\.config\/sallyport$/)
})
