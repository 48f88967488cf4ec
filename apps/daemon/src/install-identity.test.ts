import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readInstallIdentity } from './install-identity.ts'

let root = ''
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-identity-')))
})
afterEach(() => rmSync(root, { recursive: true }))

const machineId = '0123456789abcdef0123456789abcdef'
const machineIdFile = (content: string): string => {
  const path = join(root, 'machine-id')
  writeFileSync(path, content)
  return path
}

test('it is machine, host name, user and the real path of the data dir, however that was written', async () => {
  mkdirSync(join(root, 'data'))
  symlinkSync(join(root, 'data'), join(root, 'link'))
  const file = machineIdFile(`${machineId}\n`)
  for (const path of ['data', 'link', 'data/../link/']) {
    expect(await readInstallIdentity(null, join(root, path), [join(root, 'none'), file])).toEqual({
      identity: { machineId, hostname: hostname(), uid: process.getuid?.(), dataDir: join(root, 'data') },
      warning: null,
    })
  }
})

test.each(['', 'uninitialized\n', 'not hex and no 32 digits', `${machineId.toUpperCase()}\n`])(
  'the machine id %j is none, and that is said',
  async (content) => {
    const { identity, warning } = await readInstallIdentity(null, root, [machineIdFile(content)])
    expect(identity).toMatchObject({ machineId: '', dataDir: root })
    expect(warning).toMatch(/this machine has no id.*SALLYPORT_INSTALL_ID/)
  },
)

test('what the owner says instead stands for all of it', async () => {
  expect(await readInstallIdentity('my-install', '/nowhere', [])).toEqual({
    identity: { installId: 'my-install' },
    warning: null,
  })
})
