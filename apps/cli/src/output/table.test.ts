import { expect, test } from 'vitest'
import { byteSize, relativeTime } from './relative-time.ts'
import { sanitise } from './sanitise.ts'
import { formatTable } from './table.ts'

const columns = [
  { title: 'NAME', value: ({ name }: { name: string }) => name, colour: () => '32' },
  { title: 'COMMAND', value: ({ command }: { command: string }) => command },
]

test('columns line up, wide characters included', () => {
  const rows = [
    { name: '終端', command: 'x' },
    { name: 'abc', command: 'y' },
  ]
  expect(formatTable(rows, columns, { colours: false, width: undefined })).toEqual([
    'NAME  COMMAND',
    '終端  x',
    'abc   y',
  ])
})

test('the last column is cut to the terminal, never in a pipe', () => {
  const rows = [{ name: 'a', command: 'x'.repeat(50) }]
  expect(formatTable(rows, columns, { colours: false, width: 20 })[1]).toBe(`a     ${'x'.repeat(13)}…`)
  expect(formatTable(rows, columns, { colours: false, width: undefined })[1]).toBe(`a     ${'x'.repeat(50)}`)
})

test('colours stand around the text only, and not without a terminal', () => {
  expect(formatTable([{ name: 'a', command: 'b' }], columns, { colours: true, width: undefined })[1]).toBe(
    '\x1b[32ma\x1b[0m     b',
  )
})

test('no text of others steers the terminal or reads other than it is', () => {
  expect(sanitise('a\x1b[31m\x07\u009b\n\u202eb\u2028')).toBe('a�[31m���' + '�b�')
  expect(
    formatTable([{ name: '\x1b[2J', command: '\r\n' }], columns, { colours: false, width: undefined }),
  ).toHaveLength(2)
})

test('times and sizes are short', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  expect(relativeTime('2026-11-21T11:59:59.500Z', now)).toBe('just now')
  expect(relativeTime('2026-11-21T11:58:00Z', now)).toBe('2m ago')
  expect(relativeTime('2026-11-18T11:00:00Z', now)).toBe('3d ago')
  expect(relativeTime('2026-11-22T00:00:00Z', now)).toBe('just now')
  expect([0, 1023, 1024, 38_797_312].map(byteSize)).toEqual(['0 B', '1023 B', '1.0 KB', '37 MB'])
})
