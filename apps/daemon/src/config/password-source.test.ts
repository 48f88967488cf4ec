import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPassword } from './password-source.ts'

const good = 'correct horse battery'
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-password-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const file = (content: string | Buffer, mode = 0o600): string => {
  const path = join(root, 'password')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}
/** As systemd makes them: `LoadCredential=sallyport-password:…`. */
const credential = (content: string, { directory = 0o500, mode = 0o400 } = {}): string => {
  const path = join(root, 'credentials')
  mkdirSync(path)
  writeFileSync(join(path, 'sallyport-password'), content)
  chmodSync(join(path, 'sallyport-password'), mode)
  chmodSync(path, directory)
  return path
}
const revealed = async (environment: Record<string, string>) => (await readPassword(environment))?.password.reveal()
const problem = async (environment: Record<string, string>): Promise<string> => {
  const error = await readPassword(environment).catch((failure: Error) => failure)
  if (!(error instanceof Error)) throw new Error('the password was taken')
  return error.message
}

test('without one there is none; an empty variable is a mistake, not the absence of a password', async () => {
  expect(await readPassword({})).toBeNull()
  expect(await readPassword({ CREDENTIALS_DIRECTORY: root })).toBeNull()
  expect(await problem({ SALLYPORT_PASSWORD: '' })).toContain('SALLYPORT_PASSWORD: Use at least 8 characters')
})

test('of a file exactly one line end is dropped, of a variable nothing', async () => {
  expect(await revealed({ SALLYPORT_PASSWORD_FILE: file(`${good}\n`) })).toBe(good)
  expect(await revealed({ SALLYPORT_PASSWORD_FILE: file(`${good}\r\n`) })).toBe(good)
  expect(await revealed({ SALLYPORT_PASSWORD_FILE: file(`${good}\n\n`) })).toBe(`${good}\n`)
  expect(await revealed({ SALLYPORT_PASSWORD_FILE: file(`  ${good} `) })).toBe(`  ${good} `)
  expect(await revealed({ SALLYPORT_PASSWORD: `${good}\n` })).toBe(`${good}\n`)
})

test('the same password typed on another keyboard is the same', async () => {
  expect(await revealed({ SALLYPORT_PASSWORD: 'schöner Tag, schöne Nacht' })).toBe(
    'schöner Tag, schöne Nacht'.normalize('NFKC'),
  )
})

test('two places contradict each other and both are named', async () => {
  const directory = credential(good)
  const path = file(good)
  expect(await problem({ SALLYPORT_PASSWORD: good, SALLYPORT_PASSWORD_FILE: path })).toBe(
    'SALLYPORT_PASSWORD and SALLYPORT_PASSWORD_FILE both give a password; keep one of them',
  )
  expect(await problem({ SALLYPORT_PASSWORD: good, CREDENTIALS_DIRECTORY: directory })).toContain(
    'SALLYPORT_PASSWORD and $CREDENTIALS_DIRECTORY/sallyport-password both',
  )
  expect(await problem({ SALLYPORT_PASSWORD_FILE: path, CREDENTIALS_DIRECTORY: directory })).toContain('both give')
})

test.each([0o640, 0o604, 0o644, 0o660])('a file that others may read (%o) is refused, and not quoted', async (mode) => {
  const sentence = await problem({ SALLYPORT_PASSWORD_FILE: file(good, mode) })
  expect(sentence).toMatch(/is open to other users \(mode 06\d\d\).*run: chmod 600 \//)
  expect(sentence).not.toContain(good)
})

test('what is no file of ours is refused: a directory, a pipe, nothing, something huge, no text', async () => {
  expect(await problem({ SALLYPORT_PASSWORD_FILE: root })).toContain('is not a file')
  spawnSync('mkfifo', [join(root, 'fifo')])
  expect(await problem({ SALLYPORT_PASSWORD_FILE: join(root, 'fifo') })).toContain('is not a file')
  expect(await problem({ SALLYPORT_PASSWORD_FILE: join(root, 'none') })).toContain('cannot be read (ENOENT)')
  expect(await problem({ SALLYPORT_PASSWORD_FILE: file('x'.repeat(20_000)) })).toContain('too long')
  expect(await problem({ SALLYPORT_PASSWORD_FILE: file(Buffer.from([0xff, 0xfe, 0x80])) })).toContain('not UTF-8')
})

test.runIf(process.getuid?.() === 0)('a file of somebody else is refused: they know what is in it', async () => {
  const path = file(good)
  chownSync(path, 65_534, 65_534)
  expect(await problem({ SALLYPORT_PASSWORD_FILE: path })).toContain('belongs to uid 65534')
})

test('a systemd credential is taken as systemd makes it, also where a variable names it', async () => {
  const directory = credential(`${good}\n`, { directory: 0o550, mode: 0o440 })
  expect(await revealed({ CREDENTIALS_DIRECTORY: directory })).toBe(good)
  expect(
    await revealed({
      CREDENTIALS_DIRECTORY: directory,
      SALLYPORT_PASSWORD_FILE: join(directory, 'sallyport-password'),
    }),
  ).toBe(good)
})

test('a credential that everybody may read is no credential, nor is a link out of the directory', async () => {
  const directory = credential(good, { mode: 0o444 })
  expect(await problem({ CREDENTIALS_DIRECTORY: directory })).toContain('open to other users')
  const path = file(good, 0o640)
  chmodSync(directory, 0o700)
  rmSync(join(directory, 'sallyport-password'))
  symlinkSync(path, join(directory, 'sallyport-password'))
  expect(await problem({ CREDENTIALS_DIRECTORY: directory })).toContain('open to other users')
})

test('naming a public directory as that of the credentials does not excuse a readable file', async () => {
  const path = file(good, 0o440)
  chmodSync(root, 0o755)
  expect(await problem({ SALLYPORT_PASSWORD_FILE: path, CREDENTIALS_DIRECTORY: root })).toContain('open to other users')
})

test.each(['short', 'password', 'PASSWORD1', 'sallyport', 'x'.repeat(2000)])(
  '%j stops the start without being repeated',
  async (password) => {
    const sentence = await problem({ SALLYPORT_PASSWORD: password })
    expect(sentence).toMatch(/^SALLYPORT_PASSWORD: /)
    expect(sentence.slice('SALLYPORT_PASSWORD: '.length).toLowerCase()).not.toContain(` ${password} `)
  },
)

test('under fifteen characters there is a warning, from fifteen on none', async () => {
  expect((await readPassword({ SALLYPORT_PASSWORD: 'fourteen chars' }))?.warning).toContain('fewer than 15 characters')
  expect((await readPassword({ SALLYPORT_PASSWORD: 'fifteen chars!!' }))?.warning).toBeNull()
})
