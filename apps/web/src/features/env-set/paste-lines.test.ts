import { describe, expect, it } from 'vitest'
import { pasteLines } from './paste-lines.ts'

const one = (line: string) => pasteLines(line).variables
const problems = (text: string) => pasteLines(text).problems

describe('pasted lines become variables', () => {
  it.each([
    ['A=b', 'b'],
    ['export A=b', 'b'],
    ['  A = b  ', 'b'],
    ['A=', ''],
    ['A=b=c==', 'b=c=='],
    ['A=a#b', 'a#b'],
    ['A=#b', '#b'],
    ['A=postgres://me:pw@host/db?x=1&y=2', 'postgres://me:pw@host/db?x=1&y=2'],
    ['A=$HOME/`x`', '$HOME/`x`'],
    ["A='b # c \\n $x'", 'b # c \\n $x'],
    ["A='b' # a comment", 'b'],
    ["A='one\ntwo\n'", 'one\ntwo\n'],
    ['A="one\\ntwo\\t\\"3\\" \\\\ \\$x \\d"', 'one\ntwo\t"3" \\ $x \\d'],
    ['A="one\ntwo # 3"', 'one\ntwo # 3'],
    ["A=it's", "it's"],
    ['A=日本😀', '日本😀'],
    ['A=b\r', 'b'],
  ])('%j', (line, value) => {
    expect(one(line)).toEqual([{ name: 'A', value }])
    expect(problems(line)).toEqual([])
  })

  it('one each, in their order, past comments, empty lines and Windows line ends', () => {
    const text = "# of the shop\r\n\r\nA=1\r\nexport B='2\r\n3'\r\n   # C=4\r\nD=5"
    expect(pasteLines(text)).toEqual({
      variables: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2\n3' },
        { name: 'D', value: '5' },
      ],
      problems: [],
    })
  })

  it('a name that cannot be one is handed on: the rules of the contract have the sentence for it', () => {
    expect(one('TWO WORDS=x')).toEqual([{ name: 'TWO WORDS', value: 'x' }])
    expect(one('=x')).toEqual([{ name: '', value: 'x' }])
  })
})

describe('what could be meant in two ways is said, with its line and without any value', () => {
  it.each([
    ['A=1\njust words', 'Line 2 has no =. Write NAME=value.'],
    ['A=canary # a comment?', 'Line 1 may end with a comment. Take it out, or put the value in quotes.'],
    ["A='1\n2'\nB='canary' more", "Line 3 goes on after the closing '. Put the whole value in quotes."],
    ['A=1\n\nB="canary\nC=2', 'Line 3 opens a " that is not closed.'],
    ["A='", "Line 1 opens a ' that is not closed."],
  ])('%j', (text, sentence) => {
    expect(problems(text)).toEqual([sentence])
    expect(one(text).map(({ value }) => value)).not.toContain('canary')
  })

  it('the lines around it are read all the same', () => {
    expect(one('A=1\nnothing\nB=2').map(({ name }) => name)).toEqual(['A', 'B'])
  })
})

it('a file that got here by mistake is refused at once, and hostile ones take no time', () => {
  expect(problems('A='.repeat(5_000_000))).toEqual(['This is more than an env set can hold.'])
  const started = performance.now()
  for (const piece of ['A="\\', "A='\n", 'export ', '\t', ' =', '\\"', '\n']) pasteLines(piece.repeat(100_000))
  expect(performance.now() - started).toBeLessThan(5000)
})
