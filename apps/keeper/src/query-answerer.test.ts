import { expect, test } from 'vitest'
import { createQueryAnswerer } from './query-answerer.ts'

const ask = (...chunks: string[]) => {
  const answerer = createQueryAnswerer()
  return chunks.flatMap((chunk) => answerer.feed(Buffer.from(chunk, 'latin1')))
}

const queries: [name: string, query: string, answer: string][] = [
  ['primary attributes', '\x1b[c', '\x1b[?62;22c'],
  ['primary attributes, with the zero', '\x1b[0c', '\x1b[?62;22c'],
  ['secondary attributes', '\x1b[>c', '\x1b[>0;276;0c'],
  ['secondary attributes, with the zero', '\x1b[>0c', '\x1b[>0;276;0c'],
  ['status', '\x1b[5n', '\x1b[0n'],
  ['cursor position', '\x1b[6n', '\x1b[1;1R'],
  ['extended cursor position', '\x1b[?6n', '\x1b[?1;1R'],
  ['terminal version', '\x1b[>q', '\x1bP>|sallyport\x1b\\'],
  ['terminal version, with the zero', '\x1b[>0q', '\x1bP>|sallyport\x1b\\'],
  ['foreground, ended by BEL', '\x1b]10;?\x07', '\x1b]10;rgb:e6e6/e6e6/e6e6\x07'],
  ['background, ended by ST', '\x1b]11;?\x1b\\', '\x1b]11;rgb:1010/1010/1212\x1b\\'],
]

test.each(queries)('answers a query for %s', (_name, query, answer) => {
  expect(ask(`text ${query} text`)).toEqual([answer])
})

test.each(queries)('answers a query for %s once, wherever it is cut', (_name, query, answer) => {
  for (let cut = 1; cut < query.length; cut += 1) expect(ask(query.slice(0, cut), query.slice(cut))).toEqual([answer])
  expect(ask(...query)).toEqual([answer])
})

test('an answer belongs to the chunk that ends the query', () => {
  const answerer = createQueryAnswerer()
  expect(answerer.feed(Buffer.from('\x1b[6'))).toEqual([])
  expect(answerer.feed(Buffer.from('n'))).toEqual(['\x1b[1;1R'])
  expect(answerer.feed(Buffer.from('plain'))).toEqual([])
})

test('answers come in the order of the queries', () => {
  expect(ask('\x1b[6n\x1b[c\x1b[5n')).toEqual(['\x1b[1;1R', '\x1b[?62;22c', '\x1b[0n'])
})

test.each([
  ['what looks like a query in plain text', '[c [6n ]10;?'],
  ['a colour that is set', '\x1b]11;rgb:00/00/00\x07'],
  ['an answer that is shown', '\x1b[?62;22c\x1b[1;1R\x1b[0n'],
  ['other final bytes', '\x1b[6m\x1b[5A\x1b[>4;2m'],
  ['the text of a device control string', '\x1bP[c[6n\x1b\\'],
  ['the text of a title', '\x1b]0;[6n 11;?\x07'],
  ['a query that is cancelled', '\x1b[6\x18n\x1b]11;?\x1a\x07'],
  ['a sequence without end', `\x1b[${'1;'.repeat(10_000)}6n`],
])('does not answer %s', (_name, bytes) => {
  expect(ask(bytes)).toEqual([])
})

test('an escape inside a sequence begins a new one', () => {
  expect(ask('\x1b[12\x1b[6n', '\x1bPabc\x1b[5n')).toEqual(['\x1b[1;1R', '\x1b[0n'])
})

test('bytes that are no text do not confuse it', () => {
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256)).toString('latin1')
  expect(ask(noise, '\x18', '\x1b[6n').at(-1)).toBe('\x1b[1;1R')
})
