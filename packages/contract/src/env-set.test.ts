import { describe, expect, it } from 'vitest'
import {
  createEnvSetInput,
  deleteEnvSetInput,
  envSetList,
  envVariable,
  setEnvVariablesInput,
  unsetEnvVariablesInput,
} from './env-set.ts'
import { ENV_VALUE_MASK, ENV_VALUE_MAX_BYTES, isMaskedInOutput, isPlainSetting } from './env-set-rules.ts'
import { unsafeNameReason, unsafeNames } from './env-set-unsafe-names.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
/** The sentences, or none when it is accepted. */
const problems = (variables: readonly { name: string; value: string | Uint8Array }[], allowUnsafeNames = false) =>
  createEnvSetInput
    .safeParse({ name: 'prod', variables, allowUnsafeNames })
    .error?.issues.map(({ message }) => message)
    .join(' ') ?? ''
const ofName = (name: string) => problems([{ name, value: 'canary-value' }])
const ofValue = (value: string | Uint8Array) => problems([{ name: 'A', value }])

describe('the variables of an env set', () => {
  it.each([
    ['', 'A variable needs a name.'],
    ['A=canary', 'The name "A" has a = behind it: give the name and the value apart.'],
    ['=', 'The name "" has a = behind it: give the name and the value apart.'],
    ['1A', 'The name "1A" begins with a digit: shells cannot use it.'],
    ['A-B', 'The name "A-B" may have letters, digits and underscores only.'],
    ['A B', 'The name "A B" may have letters, digits and underscores only.'],
    ['A\0', 'The name "A?" may have letters, digits and underscores only.'],
    ['A\n', 'The name "A?" may have letters, digits and underscores only.'],
    ['\x1b[2J', 'The name "?[2J" may have letters, digits and underscores only.'],
    ['É', 'The name "É" may have letters, digits and underscores only.'],
    ['A'.repeat(256), `The name "${'A'.repeat(64)}…" has more than 255 characters.`],
  ])('are not called %j', (name, sentence) => {
    expect(ofName(name)).toBe(sentence)
  })

  it('may be called what shells and programs know', () => {
    for (const name of ['A', '_', 'api_token', 'API_TOKEN_2', 'A'.repeat(255), 'PATHS', 'OPENAI_API_KEY'])
      expect(ofName(name)).toBe('')
  })

  it('are exact: empty, newlines, quotes, controls, other scripts, a byte order mark', () => {
    for (const value of ['', '\n', `a'b"c\\$d`, '\r\n\t\x07\x1b', '日本😀', '\ufeffx']) {
      for (const given of [value, bytes(value)]) {
        const parsed = createEnvSetInput.parse({ name: 'prod', variables: [{ name: 'A', value: given }] })
        expect(parsed.variables[0]?.value).toEqual(given)
      }
    }
  })

  it('have at most 64 KiB of UTF-8 each', () => {
    const sentence = 'The value of "A" has more than 64 KiB.'
    expect(ofValue('x'.repeat(ENV_VALUE_MAX_BYTES))).toBe('')
    expect(ofValue(bytes('x'.repeat(ENV_VALUE_MAX_BYTES)))).toBe('')
    expect(ofValue('é'.repeat(ENV_VALUE_MAX_BYTES / 2))).toBe('')
    expect(ofValue('x'.repeat(ENV_VALUE_MAX_BYTES + 1))).toBe(sentence)
    expect(ofValue(bytes('x'.repeat(ENV_VALUE_MAX_BYTES + 1)))).toBe(sentence)
    expect(ofValue(`${'é'.repeat(ENV_VALUE_MAX_BYTES / 2)}x`)).toBe(sentence)
  })

  it('leave room for the name below the 128 KiB that Linux gives to one K=V', () => {
    expect(ENV_VALUE_MAX_BYTES + 255 + '='.length + '\0'.length).toBeLessThan(128 * 1024)
  })

  it('are text without NUL: what the environment of a process cannot hold is refused, never cut', () => {
    const nul = 'The value of "A" has a NUL byte, where the system would cut it off.'
    const notText = 'The value of "A" is not UTF-8 text: encode it first, in base64 for example.'
    expect(ofValue('canary\0value')).toBe(nul)
    expect(ofValue(bytes('canary\0value'))).toBe(nul)
    expect(ofValue('canary\ud800')).toBe(notText)
    for (const broken of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xe6, 0x97]])
      expect(ofValue(Uint8Array.from(broken))).toBe(notText)
  })

  it('are at most 500 of 256 KiB in all, each once', () => {
    const many = (count: number, value = 'v') =>
      Array.from({ length: count }, (_, index) => ({ name: `V${index}`, value }))
    expect(problems(many(500))).toBe('')
    expect(problems(many(501))).toBe('An env set has at most 500 variables.')
    expect(problems(many(3, 'x'.repeat(ENV_VALUE_MAX_BYTES)))).toBe('')
    expect(problems(many(4, 'x'.repeat(ENV_VALUE_MAX_BYTES)))).toBe('An env set has at most 256 KiB in all.')
    expect(problems([...many(3), { name: 'V1', value: 'other' }])).toBe('The variable "V1" is given twice.')
  })

  it('are refused without a trace of their values', () => {
    const canary = 'canary-value'
    for (const [name, value] of [
      ['A=B', canary],
      ['LD_PRELOAD', canary],
      ['A', `${canary}\0`],
      ['A', canary.repeat(10_000)],
      ['A', `${canary}\ud800`],
    ] as const) {
      const { error } = createEnvSetInput.safeParse({ name: 'prod', variables: [{ name, value }] })
      expect(error).toBeDefined()
      expect(JSON.stringify(error) + JSON.stringify(error?.issues)).not.toContain('canary')
    }
  })
})

describe('an unsafe name', () => {
  it.each(['LD_PRELOAD', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'PATH', 'GIT_SSH_COMMAND', 'BASH_ENV', 'PYTHONPATH'])(
    '%s needs an explicit yes, and says why',
    (name) => {
      expect(ofName(name)).toContain(`${name} ${unsafeNameReason(name)}.`)
      expect(ofName(name)).toContain('--allow-unsafe-name')
      expect(problems([{ name, value: 'v' }], true)).toBe('')
      expect(setEnvVariablesInput.safeParse({ envSet: 'prod', variables: [{ name, value: 'v' }] }).success).toBe(false)
    },
  )

  it('is what programs read, in that case: PATHS, Path and ld_preload are names like any other', () => {
    for (const name of ['PATHS', 'Path', 'ld_preload', 'MY_LD_PRELOAD', 'HOMEPAGE', 'DIGIT_COUNT'])
      expect(unsafeNameReason(name)).toBeNull()
  })

  it('stands in the table once, with the end of a sentence', () => {
    expect(new Set(unsafeNames.map(({ name }) => name)).size).toBe(unsafeNames.length)
    for (const { name, reason } of unsafeNames) {
      expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*\*?$/)
      expect(reason).toMatch(/^[a-z].*[^.]$/)
    }
  })
})

describe('what is shown of a value', () => {
  it('is one mask for all, and nothing else has a place in the answer', () => {
    const variable = {
      name: 'A',
      version: 1,
      changedAt: '2026-11-21T12:00:00.000Z',
      maskedInOutput: true,
      unsafeReason: null,
    }
    expect(envVariable.parse({ ...variable, mask: ENV_VALUE_MASK, value: 'canary' })).toEqual({
      ...variable,
      mask: ENV_VALUE_MASK,
    })
    expect(envVariable.safeParse({ ...variable, mask: 'can****' }).success).toBe(false)
    expect(envSetList.safeParse({ envSets: [] }).success).toBe(true)
  })

  it('says which values are too short to be masked in output', () => {
    for (const short of ['', '12345', ' 12345\n', '😀😀😀😀😀']) {
      expect(isMaskedInOutput(short)).toBe(false)
      expect(isMaskedInOutput(bytes(short))).toBe(false)
    }
    for (const long of ['123456', '😀😀😀😀😀😀']) {
      expect(isMaskedInOutput(long)).toBe(true)
      expect(isMaskedInOutput(bytes(long))).toBe(true)
    }
  })
})

describe('a value that masking would spoil the output with', () => {
  it.each(['production', 'localhost', 'secret', ' staging\n', '123456', '543210987', 'authentication'])(
    '%j is an everyday word or number',
    (value) => {
      expect(isPlainSetting(value)).toBe(true)
      expect(isPlainSetting(bytes(value))).toBe(true)
    },
  )

  it.each(['', 'debug', '12345', '1234567890', 'Production', 'prod-east', 'us-east-1', 'a1b2c3', 'two words'])(
    '%j is none',
    (value) => {
      expect(isPlainSetting(value)).toBe(false)
      expect(isPlainSetting(bytes(value))).toBe(false)
    },
  )

  it('sixteen random letters are an app password, not a word', () => {
    expect(isPlainSetting('qzjxkvbwpmhtrdfg')).toBe(false)
  })

  it('is said of no bytes that are no text', () => {
    expect(isPlainSetting(Uint8Array.of(0xff, 0xfe))).toBe(false)
  })
})

describe('the other calls', () => {
  it('do nothing in doubt', () => {
    expect(deleteEnvSetInput.parse({ envSet: 'prod' }).evenIfInUse).toBe(false)
    expect(setEnvVariablesInput.safeParse({ envSet: 'prod', variables: [] }).success).toBe(false)
    expect(unsetEnvVariablesInput.safeParse({ envSet: 'prod', names: [] }).success).toBe(false)
    expect(createEnvSetInput.parse({ name: 'prod' })).toEqual({ name: 'prod', variables: [], allowUnsafeNames: false })
    for (const name of ['', '-rf', 'a b', 'a/b', 'a\n', 'x'.repeat(65)])
      expect(createEnvSetInput.safeParse({ name }).success).toBe(false)
  })
})
