import { createEnvSetInput } from '@sallyport/contract/env-set'
import { describe, expect, it } from 'vitest'
import { changeWords, type Draft, emptyDraft, maskingCaution, readDraft, sizeWords } from './draft.ts'

const one = (name: string, value: string, allowUnsafeNames = false): Draft => ({
  ...emptyDraft,
  name,
  value,
  allowUnsafeNames,
})
const lines = (text: string, allowUnsafeNames = false): Draft => ({
  ...emptyDraft,
  kind: 'lines',
  lines: text,
  allowUnsafeNames,
})

describe('a draft without a problem is what the contract takes', () => {
  it.each([
    one('A', 'canary-value'),
    one('A', ''),
    one('LD_PRELOAD', '/x.so', true),
    lines("A=1\nexport B='2\n3'"),
    lines('PATH=/bin\nGIT_DIR=/x', true),
    emptyDraft,
  ])('%j', (draft) => {
    const { variables, problem } = readDraft(draft)
    expect(problem).toBeNull()
    const input = { name: 'prod', variables: [...variables], allowUnsafeNames: draft.allowUnsafeNames }
    expect(createEnvSetInput.safeParse(input).error).toBeUndefined()
  })
})

describe('a draft that cannot be saved has one sentence, with nothing of a value', () => {
  it.each([
    [one('', 'canary'), 'A variable needs a name.'],
    [one('A B', 'canary'), 'The name "A B" may have letters, digits and underscores only.'],
    [one('LD_PRELOAD', 'canary'), 'Tick the box if you want this name.'],
    [lines('A=canary\nA=canary'), 'The variable "A" is given twice.'],
    [lines('A=canary\ncanary'), 'Line 2 has no =. Write NAME=value.'],
    [lines('PATH=/bin\nGIT_DIR=/x'), 'Tick the box if you want these names.'],
  ])('%j', (draft, sentence) => {
    expect(readDraft(draft).problem).toBe(sentence)
  })

  it('the yes to unsafe names is asked for with the reasons', () => {
    expect(readDraft(lines('A=1\nPATH=/bin\nLD_PRELOAD=/x')).unsafe).toEqual([
      'PATH decides which programs are found.',
      'LD_PRELOAD makes every program load other libraries (ld.so).',
    ])
  })
})

it('the line break that a copied value ends with is left out, and no other', () => {
  const saved = (value: string) => readDraft(one('A', value)).variables[0]?.value
  expect(saved('secret\n')).toBe('secret')
  expect(saved('secret\r\n')).toBe('secret')
  expect(saved('a\nb\n\n')).toBe('a\nb\n')
  expect(saved(' secret ')).toBe(' secret ')
})

it('sizes say whether all of a hidden value arrived', () => {
  expect(sizeWords('')).toBe('empty')
  expect(sizeWords('x')).toBe('1 character')
  expect(sizeWords('日本😀')).toBe('3 characters')
  expect(sizeWords('x'.repeat(1234))).toBe('1,234 characters')
  expect(sizeWords('a\nb\nc')).toBe('5 characters in 3 lines')
})

it('what is replaced is said with its version', () => {
  expect(changeWords('A', [{ name: 'A', version: 3 }])).toBe('replaces version 3')
  expect(changeWords('B', [{ name: 'A', version: 3 }])).toBe('new')
})

it('a value that is too short to be masked is known before it is saved', () => {
  expect(maskingCaution('12345')).toBe('Not masked in output: too short')
  expect(maskingCaution('canary-value')).toBeNull()
})

it('a value that is an everyday word or number is known before output is full of its mask', () => {
  for (const value of ['production', 'localhost', '123456'])
    expect(maskingCaution(value)).toBe(
      'Will be replaced wherever a session prints it. A plain setting needs no env set: start with --env.',
    )
})
