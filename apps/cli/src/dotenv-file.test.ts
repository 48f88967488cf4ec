import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { parseDotenv, readDotenvFile } from './dotenv-file.ts'
import { EXIT } from './exit-code.ts'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-dotenv-'))
afterAll(() => rmSync(directory, { recursive: true }))

const read = (text: string) => parseDotenv(text).map(({ name, value }) => [name, value])
const file = (content: string | Uint8Array): string => {
  const path = join(directory, '.env')
  writeFileSync(path, content)
  return path
}

describe('a dotenv file', () => {
  it.each([
    ['A=1\nB = 2 \n\tC=3', { A: '1', B: '2', C: '3' }],
    ['export A=1\n export \tB=2', { A: '1', B: '2' }],
    ['# one\n\n  # two\n \nA=1 # three\n#A=2\nB= # four', { A: '1', B: '' }],
    ['A=\nB=""\nC=\'\'\n', { A: '', B: '', C: '' }],
    [`A='a # "b" \\n $c'\nB="it's # "\nC=\`"'\``, { A: 'a # "b" \\n $c', B: "it's # ", C: `"'` }],
    ['A="x"# right behind\nB=\'y\' \t# far', { A: 'x', B: 'y' }],
    ['A="two\\nlines"\nB=\'two\\nlines\'', { A: 'two\nlines', B: 'two\\nlines' }],
    [
      "A='-----BEGIN KEY-----\nMIIE=\n#no comment\n-----END KEY-----\n'\nB=1",
      {
        A: '-----BEGIN KEY-----\nMIIE=\n#no comment\n-----END KEY-----\n',
        B: '1',
      },
    ],
    [
      'A=postgres://u:p@h/db?x=1\nB={"a": "b"}\nC=it\'s a "test"',
      {
        A: 'postgres://u:p@h/db?x=1',
        B: '{"a": "b"}',
        C: 'it\'s a "test"',
      },
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a dotenv file may have it
    ['A=$B ${B} `date`\nB=\\x', { A: '$B ${B} `date`', B: '\\x' }],
    ['\ufeffA=1\r\nB="x\r\ny"\r\n\r\n# c\r\nC=3', { A: '1', B: 'x\ny', C: '3' }],
    ['constructor=1\ntoString=2', { constructor: '1', toString: '2' }],
    ['A="日本😀"', { A: '日本😀' }],
    ['', {}],
  ])('%j means what it says', (text, variables) => {
    expect(read(text)).toEqual(Object.entries(variables))
  })

  it('is refused where programs read it in different ways, by its line and without a trace of it', () => {
    for (const [text, line] of [
      ['A=canary#value', 1],
      ['A=#canary', 1],
      ['\n# c\nA="canary\\"value"', 3],
      ['A="canary\\tvalue"', 1],
      ['A="canary\\\\n"', 1],
      ["A=1\nB='canary''value'", 2],
      ['A="canary" value', 1],
      ['A="canary\nB=2', 1],
      ["A='x\ny'\nB='canary", 3],
      ['A=1\ncanary', 2],
      ['canary: value', 1],
      ['A=-----BEGIN\ncanary+value/=\n', 2],
      ['=canary', 1],
      ['A-B=canary', 1],
      ['1A=canary', 1],
      ['export=canary\nA B=canary', 2],
      ['A=canary\rB=value', 1],
    ] as const) {
      let message = ''
      try {
        parseDotenv(text)
      } catch (error) {
        message = (error as Error).message
      }
      expect([text, message]).toEqual([text, `line ${line} of the file is not NAME=value`])
    }
  })

  it('has no name that is special', () => {
    expect(read('__proto__=1')).toEqual([['__proto__', '1']])
  })

  it('keeps a name that comes twice twice, for the rule that refuses it', () => {
    expect(read('A=1\nB=2\nA=3')).toEqual([
      ['A', '1'],
      ['B', '2'],
      ['A', '3'],
    ])
  })

  it('gives every value in single quotes exactly, whatever stands in it and around it', () => {
    const parts = ['', '"', '`', '#', ' # ', '\n', '\\', '\\n', '=', '\t', 'export ', '\nA=1\n', '日', '$(id)', '$A']
    const values = parts.flatMap((one) => parts.flatMap((two) => [`${one}x${two}`, one + two]))
    for (let at = 0; at < values.length; at += 50) {
      const some = values.slice(at, at + 50)
      const text = some.map((one, n) => `V${n}='${one}' # 'not' "this"\n`).join('# V0=other\n')
      expect(read(text)).toEqual(some.map((one, n) => [`V${n}`, one]))
    }
  })

  it('means nothing else than Node says, where Node reads the whole file', () => {
    const text = 'A=1\nB="2 # x"\nC=\'3\n4\' # c\n# d\nE=x y\n'
    expect(Object.fromEntries(read(text))).toEqual(parseEnv(text))
  })
})

describe('reading a dotenv file', () => {
  const refusal = (path: string) => readDotenvFile(path).catch((error: Error) => error)

  it('takes 10 MB and not one byte more', async () => {
    const comments = `#${'x'.repeat(10 * 1024 * 1024 - 6)}\n`
    expect(await readDotenvFile(file(`${comments}A=1\n`))).toEqual([{ name: 'A', value: '1' }])
    expect(await refusal(file(`${comments}A=12\n`))).toMatchObject({
      exit: EXIT.usage,
      message: `${join(directory, '.env')} has more than 10 MB`,
    })
  })

  it('is quick about 10 MB that are no dotenv file', async () => {
    for (const text of ['A="'.repeat(3_400_000), `A='${'x'.repeat(10_000_000)}`, `A=x${' '.repeat(10_000_000)}\r"`])
      expect(await refusal(file(text))).toMatchObject({ message: 'line 1 of the file is not NAME=value' })
    const lines = Array.from({ length: 400_000 }, (_, n) => `VARIABLE_${n}=${n}`).join('\n')
    expect(await refusal(file(lines))).toMatchObject({ message: 'An env set has at most 500 variables.' })
  }, 10_000)

  it('refuses what is no text, what is not there and what is no file', async () => {
    for (const [content, why] of [
      [Buffer.from([0x41, 0x3d, 0xff]), 'is not UTF-8 text'],
      ['A=can\0ary', 'has a NUL byte'],
    ] as const)
      expect(await refusal(file(content))).toMatchObject({ exit: EXIT.usage, message: expect.stringContaining(why) })
    expect(await refusal(join(directory, 'none'))).toMatchObject({
      message: expect.stringContaining('there is no file'),
    })
    expect(await refusal(directory)).toMatchObject({ message: `${directory} is a directory` })
    expect(await refusal('/dev/zero')).toMatchObject({ message: '/dev/zero has more than 10 MB' })
  })

  it('takes an empty file for no variables', async () => {
    const path = file('A=1')
    truncateSync(path)
    expect(await readDotenvFile(path)).toEqual([])
  })
})
