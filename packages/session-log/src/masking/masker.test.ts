import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker, HOLD_BACK_MS, type Masker } from './masker.ts'
import { type SecretVariable, secretForms } from './secret-forms.ts'

const text = (pieces: Buffer[]) => Buffer.concat(pieces).toString('latin1')
const open = async (variables: readonly SecretVariable[]): Promise<Masker> => {
  const masker = await createMasker(variables)
  if (masker === undefined) throw new Error('nothing to mask')
  return masker
}
const one = (value: string) => open([{ name: 'TOKEN', value }])

/** What comes out of chunks that follow each other at once. */
const through = (masker: Masker, chunks: readonly (string | Buffer)[]) =>
  text([...chunks.flatMap((chunk) => masker.push(Buffer.from(chunk), 0)), ...masker.end()])

describe('masking', () => {
  it.each([
    ['the whole value', 'a ghp_0123456789 b', 'a [secret:TOKEN] b'],
    ['twice in a row', 'ghp_0123456789ghp_0123456789', '[secret:TOKEN][secret:TOKEN]'],
    ['base64', `<${Buffer.from('ghp_0123456789').toString('base64')}>`, '<[secret:TOKEN]k=>'],
    ['hex', Buffer.from('xghp_0123456789x').toString('hex'), '78[secret:TOKEN]78'],
    ['not what only begins like it', 'ghp_012345678 ghp_', 'ghp_012345678 ghp_'],
    ['the value after a false start', 'ghp_0ghp_0123456789', 'ghp_0[secret:TOKEN]'],
  ])('replaces %s', async (_what, input, output) => {
    expect(through(await one('ghp_0123456789'), [input])).toBe(output)
  })

  it('replaces values that share beginnings, contain each other or overlap, each byte of them', async () => {
    const variables = [
      { name: 'SHORT', value: 'postgres' },
      { name: 'URL', value: 'postgres://u:p@host/db' },
      { name: 'PASS', value: '@host/' },
      { name: 'TAIL', value: 'host/db?x=1' },
    ]
    const masked = async (input: string) => through(await open(variables), [input])
    expect(await masked('postgres://u:p@host/db.')).toBe('[secret:URL].')
    expect(await masked('postgres://u:p@host/other')).toBe('[secret:SHORT]://u:p[secret:PASS]other')
    expect(await masked('postgres://u:p@host/db?x=1.')).toBe('[secret:URL].')
    expect(await masked('postgres')).toBe('[secret:SHORT]')
  })

  it('replaces a value that repeats itself once, however long it goes on', async () => {
    expect(through(await one('aaaaaa'), ['b', 'a'.repeat(100), 'b'])).toBe('b[secret:TOKEN]b')
  })

  it('replaces several lines as a program writes them and as a terminal shows them', async () => {
    const key = '-----BEGIN KEY-----\nAAAABBBBCCCC\nDDDDEEEE\n-----END KEY-----'
    for (const newline of ['\n', '\r\n'])
      expect(through(await one(key), [`k=${key.replaceAll('\n', newline)};`])).toBe('k=[secret:TOKEN];')
    expect(through(await one(key), ['> DDDDEEEE\r\n> AAAABBBBCCCC'])).toBe('> [secret:TOKEN]\r\n> [secret:TOKEN]')
  })

  it('replaces it in base64 that is wrapped in the middle of it, but for bits it shares with its neighbours', async () => {
    const value = 'c0ffee15900dbeef7ab1e5ca1ab1e0decade5eedfacade0ddba115ea50f7ba5e'
    const encoded = (plain: string) =>
      (
        Buffer.from(plain)
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\r\n')
    const masker = () => one(value)
    expect(through(await masker(), [encoded(`${value}\n`)])).toMatch(/^\[secret:TOKEN\]\r\n\[secret:TOKEN\].{1,3}$/)
    for (const before of ['x:', 'Authorization: Bearer '])
      expect(through(await masker(), [encoded(`${before}${value}\n`)])).toMatch(
        /^.{3,30}\[secret:TOKEN\]\r\n\[secret:TOKEN\].{0,4}$/,
      )
  })

  it('replaces values of other scripts', async () => {
    expect(through(await one('пароль-日本😀'), [Buffer.from('<пароль-日本😀>')])).toBe('<[secret:TOKEN]>')
  })

  it('is not there for sessions without a value that can be masked', async () => {
    expect(await createMasker([])).toBeUndefined()
    expect(await createMasker([{ name: 'A', value: '12345' }])).toBeUndefined()
  })

  it('hands ordinary output on without touching it', async () => {
    const masker = await one('ghp_0123456789')
    const chunk = Buffer.from('nothing of interest here')
    expect(masker.push(chunk, 0)).toEqual([chunk])
    expect(masker.push(chunk, 0)[0]).toBe(chunk)
    expect(masker.dueAt()).toBeNull()
  })

  it('knows nothing any more at the end', async () => {
    const masker = await one('ghp_0123456789')
    expect(text(masker.push(Buffer.from('xghp_01'), 0))).toBe('x')
    expect(text(masker.end())).toBe('ghp_01')
    expect(masker.dueAt()).toBeNull()
    expect(masker.end()).toEqual([])
    expect(text(masker.push(Buffer.from('ghp_0123456789'), 0))).toBe('ghp_0123456789')
  })
})

describe('a secret in pieces', () => {
  const secret = 'ghp_0123456789'
  const input = `a ${secret} b`

  it('leaves nothing but its first two bytes, wherever it is cut', async () => {
    for (let first = 0; first <= input.length; first += 1) {
      for (let second = first; second <= input.length; second += 1) {
        const out = through(await one(secret), [input.slice(0, first), input.slice(first, second), input.slice(second)])
        expect(['a [secret:TOKEN] b', 'a g[secret:TOKEN] b', 'a gh[secret:TOKEN] b']).toContain(out)
      }
    }
  })

  it('in single bytes with 100 ms between them shows two of them and the mask', async () => {
    const masker = await one(secret)
    const out: Buffer[] = []
    let now = 0
    for (const byte of Buffer.from(input)) {
      now += 100
      out.push(...masker.flush(now), ...masker.push(Buffer.of(byte), now))
    }
    expect(text(out)).toBe('a gh[secret:TOKEN] b')
  })

  it('passes two bytes at once, waits with the third for 500 ms, and masks the rest when it comes', async () => {
    const masker = await one(secret)
    expect(text(masker.push(Buffer.from('g'), 0))).toBe('g')
    expect(text(masker.push(Buffer.from('h'), 100))).toBe('h')
    expect(masker.dueAt()).toBeNull()
    expect(text(masker.push(Buffer.from('p'), 200))).toBe('')
    expect(masker.dueAt()).toBe(200 + HOLD_BACK_MS)
    expect(text(masker.flush(699))).toBe('')
    expect(text(masker.flush(700))).toBe('p')
    expect(masker.dueAt()).toBeNull()
    expect(text(masker.push(Buffer.from('_01234567'), 9000))).toBe('')
    expect(text(masker.push(Buffer.from('89'), 9001))).toBe('[secret:TOKEN]')
  })

  it('lets a mismatch go at once', async () => {
    const masker = await one(secret)
    masker.push(Buffer.from('ghp_'), 0)
    expect(text(masker.push(Buffer.from('x'), 1))).toBe('ghp_x')
    expect(masker.dueAt()).toBeNull()
  })

  it('does not wait when it is complete and no longer one begins with it', async () => {
    expect(text((await one(secret)).push(Buffer.from(secret), 0))).toBe('[secret:TOKEN]')
  })

  it('that begins in a masked one has a mask of its own when bytes of it were shown between the two', async () => {
    const masker = await open([
      { name: 'FIRST', value: 'abcdef' },
      { name: 'SECOND', value: 'efghij' },
    ])
    expect(text(masker.push(Buffer.from('abcdef'), 0))).toBe('[secret:FIRST]')
    expect(text(masker.push(Buffer.from('gh'), 100))).toBe('')
    expect(text(masker.flush(600))).toBe('gh')
    expect(text(masker.push(Buffer.from('ij'), 700))).toBe('[secret:SECOND]')
  })

  it('that begins a longer one waits, passes as a mask, and is not shown twice when the longer one comes', async () => {
    const variables = [
      { name: 'SHORT', value: 'abcdef' },
      { name: 'LONG', value: 'abcdefghij' },
    ]
    const masker = await open(variables)
    expect(text(masker.push(Buffer.from('abcdef'), 0))).toBe('')
    expect(text(masker.flush(500))).toBe('[secret:SHORT]')
    expect(text(masker.push(Buffer.from('gh'), 600))).toBe('')
    expect(text(masker.push(Buffer.from('ij.'), 700))).toBe('.')
    const other = await open(variables)
    expect(text(other.push(Buffer.from('abcdefg'), 0))).toBe('')
    expect(text(other.push(Buffer.from('x'), 1))).toBe('[secret:SHORT]gx')
  })
})

/** The definition, letter by letter: all occurrences, the bytes that pass at the ends of chunks, a mask before what is covered. */
const model = (forms: readonly { bytes: Buffer; name: string }[], chunks: readonly string[]): string => {
  const input = chunks.join('')
  const texts = forms.map(({ bytes, name }) => ({ form: bytes.toString('latin1'), name }))
  const found = texts.flatMap(({ form, name }) =>
    [...input].flatMap((_, start) =>
      input.startsWith(form, start) ? [{ start, end: start + form.length, name, passedAt: 0 }] : [],
    ),
  )
  const isCovered = (at: number, by: number) => found.some(({ start, end }) => start <= at && at < end && end <= by)
  const passed = new Set<number>()
  let end = 0
  for (const chunk of chunks.slice(0, -1)) {
    end += chunk.length
    let pending = 0
    for (let length = 1; length <= end; length += 1)
      if (texts.some(({ form }) => form.length > length && form.startsWith(input.slice(end - length, end))))
        pending = length
    const to = pending <= 2 ? end : end - pending
    // Matches that begin before it are masked by now, and bytes behind `to` only wait.
    for (let at = 0; at < to; at += 1) if (!isCovered(at, end)) passed.add(at)
  }
  let out = ''
  let runEnd = -1
  for (let at = 0; at < input.length; at += 1) {
    const here = found.filter(({ start, end: to }) => start <= at && at < to)
    if (here.length === 0 || passed.has(at)) {
      out += input[at]
      runEnd = -1
      continue
    }
    if (at >= runEnd) out += '#'
    runEnd = Math.max(runEnd, ...here.map(({ end: to }) => to))
  }
  return out
}

describe('for any values, output, cuts and times', () => {
  const alphabet = fc.constantFrom('a', 'b', 'c')
  const values = fc.uniqueArray(
    fc.oneof(
      fc.string({ unit: alphabet, minLength: 6, maxLength: 9 }),
      fc.string({ unit: alphabet, minLength: 1, maxLength: 4 }).map((tail) => `postgres://${tail}`),
    ),
    { minLength: 1, maxLength: 5 },
  )
  const pieceOf = (secrets: readonly string[]) =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(...secrets, ...secrets.map((value) => Buffer.from(value).toString('hex'))),
      },
      { weight: 2, arbitrary: fc.string({ unit: alphabet, maxLength: 6 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('po', 'postgres://', ' ', ...secrets.map((value) => value.slice(0, -1))),
      },
    )
  const story = values.chain((secrets) =>
    fc.record({
      secrets: fc.constant(secrets),
      output: fc.array(pieceOf(secrets), { maxLength: 12 }).map((pieces) => pieces.join('')),
      cuts: fc.array(fc.record({ at: fc.nat(120), pause: fc.nat(HOLD_BACK_MS - 1) }), { maxLength: 8 }),
    }),
  )
  const chunksOf = (output: string, cuts: readonly { at: number }[]) => {
    const places = [...new Set([0, ...cuts.map(({ at }) => Math.min(at, output.length)), output.length])].sort(
      (a, b) => a - b,
    )
    return places.slice(1).map((to, index) => output.slice(places[index], to))
  }
  const variablesOf = (secrets: readonly string[]) => secrets.map((value, index) => ({ name: `V${index}`, value }))
  const plain = (masked: string) => masked.replace(/\[secret:V\d+\]/g, '#')

  it('every occurrence is replaced, and nothing else, but for two bytes at the end of a chunk', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ secrets, output, cuts }) => {
        const variables = variablesOf(secrets)
        const chunks = chunksOf(output, cuts)
        const masker = await open(variables)
        const out: Buffer[] = []
        let now = 0
        for (const [index, chunk] of chunks.entries()) {
          now += cuts[index]?.pause ?? 0
          out.push(...masker.flush(now), ...masker.push(Buffer.from(chunk), now))
        }
        out.push(...masker.end())
        const forms = await secretForms(variables)
        expect(plain(text(out))).toBe(model(forms, chunks))
        for (const { bytes } of forms) expect(Buffer.concat(out).includes(bytes)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('nothing waits longer than half a second after the last byte, and what passed stays in order', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ secrets, output, cuts }) => {
        const masker = await open(variablesOf(secrets))
        let out = ''
        let now = 0
        for (const chunk of chunksOf(output, cuts)) {
          out += text(masker.push(Buffer.from(chunk), now))
          expect(masker.dueAt() === null || masker.dueAt() === now + HOLD_BACK_MS).toBe(true)
          now += HOLD_BACK_MS
          out += text(masker.flush(now))
          expect(masker.dueAt()).toBeNull()
        }
        expect(text(masker.end())).toBe('')
        const rest = plain(out).split('#')
        const order = new RegExp(`^${rest.map((part) => part.replace(/[/:]/g, '\\$&')).join('[^]*')}$`)
        expect(output).toMatch(order)
      }),
    )
  })
})
