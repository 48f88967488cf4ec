import { afterEach, expect, test, vi } from 'vitest'
import { keeperEnvironment, readEnvironment } from './environment.ts'

afterEach(() => vi.unstubAllEnvs())

const secrets = {
  SALLYPORT_PASSWORD: 'canary',
  SALLYPORT_PASSWORD_FILE: '/canary',
  SALLYPORT_MASTER_KEY_FILE: '/canary',
  CREDENTIALS_DIRECTORY: '/canary',
} as const

test('secrets are read once and gone from the environment that libraries and children see', () => {
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value)
  expect(readEnvironment()).toMatchObject(secrets)
  expect(JSON.stringify(readEnvironment())).not.toContain('canary')
})

test('the keeper gets none of them, nor anything of ours or of node', () => {
  expect(
    keeperEnvironment({
      ...secrets,
      PATH: '/bin',
      LC_ALL: 'C',
      NODE_OPTIONS: '--require /x',
      SALLYPORT_INSTALL_ID: 'x',
      LD_PRELOAD: '/x',
      SALLYPORT_UNTESTED_PLATFORM: '1',
    }),
  ).toEqual({ PATH: '/bin', LC_ALL: 'C', SALLYPORT_UNTESTED_PLATFORM: '1' })
})
