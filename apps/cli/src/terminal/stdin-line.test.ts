import { expect, test } from 'vitest'
import { LINE_MAX_CHARACTERS, type TypedLine } from './hidden-line.ts'
import { readStdinLine } from './stdin-line.ts'

const read = (...chunks: (string | Buffer)[]): Promise<TypedLine> =>
  readStdinLine(
    (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk)
    })(),
  )

const line = (text: string): TypedLine => ({ kind: 'line', text })

test('one line, without exactly one newline', async () => {
  expect(await read('secret')).toEqual(line('secret'))
  expect(await read('secret\n')).toEqual(line('secret'))
  expect(await read('secret\r\n')).toEqual(line('secret'))
  expect(await read(' secret \n\n')).toEqual(line(' secret '))
  expect(await read('sec', 'ret', '\nmore')).toEqual(line('secret'))
  expect(await read()).toEqual(line(''))
  expect(await read('\n')).toEqual(line(''))
})

test('characters that two reads share arrive whole', async () => {
  const bytes = Buffer.from('pä€𐍈\n')
  expect(await read(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(line('pä€𐍈'))
})

test('an endless line is given up at the bound', async () => {
  let reads = 0
  const endless = (async function* () {
    for (;;) {
      reads += 1
      yield Buffer.alloc(1024, 'x')
    }
  })()
  expect(await readStdinLine(endless)).toMatchObject({ kind: 'unusable' })
  expect(reads).toBeLessThan(20)
  expect(await read('x'.repeat(LINE_MAX_CHARACTERS))).toEqual(line('x'.repeat(LINE_MAX_CHARACTERS)))
  expect(await read('x'.repeat(LINE_MAX_CHARACTERS + 1))).toMatchObject({ kind: 'unusable' })
})

test('bytes that are no text are refused, not changed', async () => {
  expect(await read(Buffer.from('caf\xe9\n', 'latin1'))).toMatchObject({ kind: 'unusable' })
})
