import { createSessionInput } from '@sallyport/contract/session'
import { describe, expect, it } from 'vitest'
import { fieldOfError, type StartForm, startInput, startProblems } from './start-form.ts'

const form = (change: Partial<StartForm> = {}): StartForm => ({
  kind: 'command',
  line: 'npm test',
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
    form({ name: 'build-1', cwd: '/srv', environment: [{ name: 'A', value: '' }] }),
  ])('%j', (filled) => {
    expect(startProblems(filled)).toEqual({})
    expect(createSessionInput.safeParse(startInput(filled)).error).toBeUndefined()
  })

  it('a shell line goes to a shell whole', () => {
    expect(startInput(form({ kind: 'line', line: "echo '$x' | wc" })).command).toEqual(['sh', '-c', "echo '$x' | wc"])
  })
})

describe('each wrong field has its sentence', () => {
  it.each([
    ['line', form({ line: '' })],
    ['line', form({ line: 'a | b' })],
    ['line', form({ kind: 'line', line: ' ' })],
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
  expect(fieldOfError('conflict', 'The name is taken.')).toBe('name')
  expect(fieldOfError('cannot_start', 'The directory /x does not exist.')).toBe('cwd')
  expect(fieldOfError('cannot_start', 'There is no program nope on the PATH.')).toBe('line')
  expect(fieldOfError('at_capacity', 'Too many sessions.')).toBeUndefined()
})
