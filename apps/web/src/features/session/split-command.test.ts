import { describe, expect, it } from 'vitest'
import { joinCommand, splitCommand } from './split-command.ts'

const words = (line: string): readonly string[] => {
  const split = splitCommand(line)
  if (!split.ok) throw new Error(split.problem)
  return split.words
}

const problem = (line: string): string => {
  const split = splitCommand(line)
  if (split.ok) throw new Error(`no problem: ${JSON.stringify(split.words)}`)
  return split.problem
}

describe('a command line becomes the words that a shell would pass', () => {
  it.each([
    ['npm  run\tbuild', ['npm', 'run', 'build']],
    ["git commit -m 'two words'", ['git', 'commit', '-m', 'two words']],
    ['echo "a \\"quoted\\" word"', ['echo', 'a "quoted" word']],
    ['echo "kept \\n"', ['echo', 'kept \\n']],
    ['echo \'a\'b"c"', ['echo', 'abc']],
    ['echo ""', ['echo', '']],
    ['ls a\\ b', ['ls', 'a b']],
    ["awk '{print $1}'", ['awk', '{print $1}']],
    ['vim a~ b#c', ['vim', 'a~', 'b#c']],
    ['cmd --x=1 KEY=value', ['cmd', '--x=1', 'KEY=value']],
  ])('%s', (line, expected) => {
    expect(words(line)).toEqual(expected)
  })
})

describe('what only a shell can do is refused, not passed on as text', () => {
  it.each(['a | b', 'a && b', 'a; b', 'a > f', 'ls *', 'echo $HOME', 'echo `id`', 'ls ~/x', 'a # b', '(a)', 'ls [ab]'])(
    '%s',
    (line) => {
      expect(problem(line)).toContain('Only a shell understands')
    },
  )

  it('a variable inside double quotes too', () => {
    expect(problem('echo "$HOME"')).toContain('single quotes')
  })

  it('and an assignment before the program', () => {
    expect(problem('PORT=1 node x')).toContain('Set PORT under Environment')
  })
})

it.each([
  ["echo 'x", 'not closed'],
  ['echo "x', 'not closed'],
  ['echo \\', 'backslash'],
  ['   ', 'Type the command'],
  ["'' x", 'empty'],
])('a broken line %j has a sentence', (line, part) => {
  expect(problem(line)).toContain(part)
})

it('a command that was shown can be typed again', () => {
  const argv = ['sh', '-c', 'echo \'it\'"$x"', '', 'plain', 'a b']
  expect(words(joinCommand(argv))).toEqual(argv)
})
