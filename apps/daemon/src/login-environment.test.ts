import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLoginEnvironment } from './login-environment.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sallyport-home-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const read = (profile: string, shell = '/bin/sh', timeoutMs = 5_000) => {
  writeFileSync(join(home, '.profile'), profile)
  return readLoginEnvironment({ user: { name: 'somebody', home, shell }, mark: 'mark-7d1', timeoutMs })
}

test('what a profile exports is there, what it prints is not, and nothing of our own environment leaks', async () => {
  const { variables, problem } = await read('echo welcome=1\nexport FROM_PROFILE="a b\nc"\nexport SALLYPORT_X=1\n')
  expect(problem).toBeNull()
  expect(variables).toMatchObject({ FROM_PROFILE: 'a b\nc', HOME: home, USER: 'somebody' })
  expect(Object.keys(variables)).not.toContain('welcome')
  expect(Object.keys(variables).filter((name) => name.startsWith('SALLYPORT_') || name.startsWith('VITEST'))).toEqual(
    [],
  )
})

test('a profile that starts something in the background does not hold it up', async () => {
  const { problem } = await read('sleep 60 &\nexport A=1\n')
  expect(problem).toBeNull()
})

test.each([
  ['hangs', 'sleep 60\n', 'did not answer within 0.3 s'],
  ['exits', 'exit 3\n', 'ended without an answer (code 3)'],
  [
    'floods',
    'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n',
    'printed too much',
  ],
])('a profile that %s leaves a minimal environment and a sentence', async (_what, profile, sentence) => {
  const { variables, problem } = await read(profile, '/bin/sh', sentence.includes('0.3') ? 300 : 10_000)
  expect(problem).toContain(sentence)
  expect(variables).toMatchObject({ HOME: home, SHELL: '/bin/sh' })
})

test('a shell that cannot be started is a sentence too', async () => {
  const shell = join(home, 'broken')
  writeFileSync(shell, '')
  chmodSync(shell, 0o600)
  expect((await read('', shell)).problem).toContain('could not be started (EACCES)')
})
