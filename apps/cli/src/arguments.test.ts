import { expect, test } from 'vitest'
import { type EnvironmentOptions, sessionEnvironment } from './session-environment.ts'
import { dataDirOf, targetOf } from './target.ts'
import { countArgument, timeArgument } from './time-argument.ts'

const none = { env: [], inheritEnv: false, billing: 'subscription', allowed: [] } as const
const passedOn = (variables: Record<string, string>, options: EnvironmentOptions) =>
  sessionEnvironment(variables, options).variables

test('a session inherits what a shell needs, and no secret of the shell that started it', () => {
  const variables = {
    PATH: '/bin',
    LC_TIME: 'C',
    XDG_RUNTIME_DIR: '/run',
    AWS_SECRET: 's',
    SALLYPORT_HOME: 'x',
    MINE: 'm',
  }
  expect(passedOn(variables, none)).toEqual({ PATH: '/bin', LC_TIME: 'C', XDG_RUNTIME_DIR: '/run' })
  expect(passedOn(variables, { ...none, allowed: ['MINE'] })).toMatchObject({ MINE: 'm' })
})

test('--inherit-env passes all but what changes who pays, and what is ours', () => {
  const variables = {
    A: '1',
    ANTHROPIC_API_KEY: 's',
    CLAUDECODE: '1',
    SALLYPORT_SOCKET: '/s',
    'BASH_FUNC_x%%': '() { :; }',
  }
  expect(passedOn(variables, { ...none, inheritEnv: true })).toEqual({ A: '1' })
  expect(passedOn(variables, { ...none, billing: 'api' })).toEqual({})
  expect(passedOn(variables, { ...none, inheritEnv: true, billing: 'api' })).toEqual({
    A: '1',
    ANTHROPIC_API_KEY: 's',
  })
})

test('--env sets, copies, and refuses what it cannot copy', () => {
  expect(passedOn({ TOKEN: 't' }, { ...none, env: ['A=b=c', 'TOKEN', 'E='] })).toEqual({
    A: 'b=c',
    TOKEN: 't',
    E: '',
  })
  expect(() => passedOn({}, { ...none, env: ['MISSING'] })).toThrow('it is not set here')
  expect(() => passedOn({}, { ...none, env: ['1A=x'] })).toThrow('an environment name')
  expect(() => passedOn({}, { ...none, env: ['1A=canary'] })).not.toThrow('canary')
})

test('what a session has of its env sets is not passed on to the sessions that it starts', () => {
  const inside = { PATH: '/p', HOME: '/h', TOKEN: 'canary', XDG_KEY: 'canary', LOG: '1' }
  const variables = { ...inside, SALLYPORT_ENV_SET_NAMES: 'TOKEN,XDG_KEY,PATH' }
  const leftOut = ['not passed on, because it is from an env set: TOKEN, XDG_KEY; a session gets it with --env-set']
  const all = sessionEnvironment(variables, { ...none, inheritEnv: true })
  // Without a PATH, nothing would start.
  expect(all).toEqual({ variables: { PATH: '/p', HOME: '/h', LOG: '1' }, warnings: leftOut })
  const allowed = sessionEnvironment(variables, { ...none, allowed: ['TOKEN', 'LOG'] })
  expect(allowed).toEqual({ variables: { PATH: '/p', HOME: '/h', LOG: '1' }, warnings: leftOut })
  expect(sessionEnvironment(inside, { ...none, inheritEnv: true })).toEqual({ variables: inside, warnings: [] })
})

test('who copies a value of an env set by name gets it, and is told what that means', () => {
  const variables = { TOKEN: 'canary', OTHER: 'o', SALLYPORT_ENV_SET_NAMES: 'TOKEN' }
  expect(sessionEnvironment(variables, { ...none, env: ['TOKEN', 'OTHER'], inheritEnv: true })).toEqual({
    variables: { TOKEN: 'canary', OTHER: 'o' },
    warnings: [
      '--env TOKEN copies a value of an env set: it is kept in plain text and not masked; --env-set would do neither',
    ],
  })
  expect(sessionEnvironment(variables, { ...none, env: ['TOKEN=own'] })).toEqual({
    variables: { TOKEN: 'own' },
    warnings: [],
  })
})

test('what was typed beats the environment, and a session reaches the daemon that runs it', () => {
  const environment = { socketPath: '/run/s/sallyport.sock', dataDir: '/data', home: '/home/u' }
  expect(targetOf(environment, '/typed').socketPath).toBe('/typed/sallyport.sock')
  expect(targetOf(environment, undefined)).toEqual({ dataDir: '/run/s', socketPath: '/run/s/sallyport.sock' })
  expect(targetOf({ ...environment, socketPath: undefined }, undefined).dataDir).toBe('/data')
  expect(dataDirOf({ ...environment, dataDir: undefined }, undefined)).toBe('/home/u/.sallyport')
})

test('times are relative or ISO 8601', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  expect(timeArgument('--since', '10m', now)).toBe('2026-11-21T11:50:00.000Z')
  expect(timeArgument('--since', '2h', now)).toBe('2026-11-21T10:00:00.000Z')
  expect(timeArgument('--since', '2026-11-21T10:00:00+02:00', now)).toBe('2026-11-21T08:00:00.000Z')
  for (const text of ['', '10', 'yesterday', '2026', '999999999d', '2026-13-40']) {
    expect(() => timeArgument('--since', text, now)).toThrow('--since')
  }
})

test('counts are whole numbers within their bounds', () => {
  expect(countArgument('-n', '12', { min: 1, max: 100 })).toBe(12)
  for (const text of ['', '-1', '1.5', '1e3', '101', '99999999999999999999']) {
    expect(() => countArgument('-n', text, { min: 1, max: 100 })).toThrow('-n')
  }
})
