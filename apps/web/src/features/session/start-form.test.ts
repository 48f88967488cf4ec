import { createSessionInput } from '@sallyport/contract/session'
import { describe, expect, it } from 'vitest'
import { agentsOf, fieldOfError, moved, type StartForm, startInput, startProblems } from './start-form.ts'

const form = (change: Partial<StartForm> = {}): StartForm => ({
  kind: 'command',
  line: 'npm test',
  provider: '',
  args: '',
  billing: 'subscription',
  envSets: [],
  name: '',
  cwd: '',
  environment: [{ name: '', value: '' }],
  ...change,
})

describe('what the form sends is what the contract takes', () => {
  it.each([
    form(),
    form({ kind: 'line', line: 'a | b > c' }),
    form({ kind: 'shell', line: 'left over from before' }),
    form({ kind: 'agent', provider: 'claude-code', line: 'a | b' }),
    form({ kind: 'agent', provider: 'codex', args: "--model 'x y'", billing: 'api', envSets: ['base', 'prod'] }),
    form({ name: 'build-1', cwd: '/srv', environment: [{ name: 'A', value: '' }] }),
  ])('%j', (filled) => {
    expect(startProblems(filled)).toEqual({})
    expect(createSessionInput.safeParse(startInput(filled)).error).toBeUndefined()
  })

  it('a shell line goes to a shell whole', () => {
    expect(startInput(form({ kind: 'line', line: "echo '$x' | wc" })).command).toEqual(['sh', '-c', "echo '$x' | wc"])
  })
})

it('billing and arguments are said for agents only', () => {
  const left = { args: '--left over', provider: 'codex', billing: 'api' } as const
  expect(startInput(form(left))).toEqual({ provider: 'command', command: ['npm', 'test'] })
  expect(startInput(form({ ...left, kind: 'agent' }))).toEqual({
    provider: 'codex',
    command: ['--left', 'over'],
    billing: 'api',
  })
})

it('agents that are installed are offered first, and the shell is none', () => {
  const listed = ['shell', 'command', 'claude-code', 'codex', 'aider'].map((id) => ({ id, available: id !== 'codex' }))
  expect(agentsOf(listed).map(({ id }) => id)).toEqual(['claude-code', 'aider', 'codex'])
})

it('env sets go in the order that is shown, which a person can change', () => {
  expect(startInput(form({ envSets: ['b', 'a'] })).envSets).toEqual(['b', 'a'])
  expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b'])
  expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b'], 'a', -1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 'b', 1)).toEqual(['a', 'b'])
})

describe('each wrong field has its sentence', () => {
  it.each([
    ['line', form({ line: '' })],
    ['line', form({ line: 'a | b' })],
    ['line', form({ kind: 'line', line: ' ' })],
    ['provider', form({ kind: 'agent' })],
    ['args', form({ kind: 'agent', provider: 'codex', args: '"' })],
    ['name', form({ name: 'two words' })],
    ['name', form({ name: '-x' })],
    ['cwd', form({ cwd: 'work' })],
    ['environment', form({ environment: [{ name: '', value: 'x' }] })],
    ['environment', form({ environment: [{ name: '1A', value: 'x' }] })],
    [
      'environment',
      form({
        environment: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
    ],
  ])('%s of %j', (field, filled) => {
    expect(Object.keys(startProblems(filled))).toEqual([field])
  })
})

it('an answer of the daemon is shown beside the field that it is about', () => {
  expect(fieldOfError('conflict', 'The name is taken.', 'line')).toBe('name')
  expect(fieldOfError('cannot_start', 'The directory /x does not exist.', 'agent')).toBe('cwd')
  expect(fieldOfError('cannot_start', 'There is no program nope on the PATH.', 'command')).toBe('line')
  expect(fieldOfError('cannot_start', 'There is no program codex on the PATH.', 'agent')).toBe('provider')
  expect(fieldOfError('locked', 'The master key is locked.', 'command')).toBe('envSets')
  expect(fieldOfError('at_capacity', 'Too many sessions.', 'command')).toBeUndefined()
})
