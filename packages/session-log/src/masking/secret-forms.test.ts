import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMaskable, secretForms, TooManyFormsError } from './secret-forms.ts'

const formsOf = async (value: string) =>
  (await secretForms([{ name: 'A', value }])).map(({ bytes }) => bytes.toString())

const BASH = '/bin/bash'
const awkward = `p"w' $x\`y\\z/é&<1>!~*(日本)=+ %2f`

describe('the forms of a secret', () => {
  it.each([
    ['raw', awkward],
    ['percent-encoded', encodeURIComponent(awkward)],
    ['percent-encoded in small letters', 'p%22w%27%20%24x%60y%5cz%2f%c3%a9'],
    ['percent-encoded as RFC 3986 says', 'p%22w%27%20%24x%60y%5Cz%2F%C3%A9%26%3C1%3E%21~%2A%28'],
    ['percent-encoded with slashes kept', 'p%22w%27%20%24x%60y%5Cz/%C3%A9'],
    ['a form field', 'p%22w%27+%24x%60y%5Cz%2F%C3%A9%26%3C1%3E%21%7E*%28'],
    ['a whole URL', "p%22w'%20$x%60y%5Cz/%C3%A9&%3C1%3E!~*("],
    ['JSON', `p\\"w' $x\`y\\\\z/é&<1>!~*(日本)`],
    ['JSON in ASCII', `p\\"w' $x\`y\\\\z/\\u00e9&<1>!~*(\\u65e5\\u672c)`],
    ['JSON with slashes escaped', `\\\\z\\/\\u00e9&<1>`],
    ['JSON for a page', `\\\\z/é\\u0026\\u003c1\\u003e!`],
    ['text of a page', `p"w' $x\`y\\z/é&amp;&lt;1&gt;!`],
    ['an attribute of a page', `p&quot;w&#39; $x\`y\\z/é&amp;&lt;1&gt;!`],
    ['an attribute by Python', `p&quot;w&#x27; $x\`y\\z/é&amp;&lt;1&gt;!`],
    ['single quotes', `p"w'\\'' $x`],
    ['single quotes, the other way', `p"w'"'"' $x`],
    ['double quotes', `p\\"w' \\$x\\\`y\\\\z/é`],
    ['backslashes', `p\\"w\\'\\ \\$x\\\`y\\\\z/é\\&\\<1\\>\\!~\\*\\(日本\\)=+\\ %2f`],
    ['hex', Buffer.from(awkward).toString('hex').slice(0, 60)],
    ['hex in capitals', Buffer.from(awkward).toString('hex').toUpperCase()],
  ])('have it %s', async (_what, part) => {
    expect((await formsOf(awkward)).some((form) => form.startsWith(part) || form.includes(part))).toBe(true)
  })

  it('find it in base64, whatever stands before and behind it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 6, maxLength: 30, unit: 'binary' }).filter(isMaskable),
        fc.uint8Array({ maxLength: 5 }),
        fc.uint8Array({ maxLength: 5 }),
        fc.constantFrom<['base64', 'base64url']>('base64', 'base64url'),
        async (value, before, after, encoding) => {
          const forms = await formsOf(value)
          const encoded = Buffer.concat([before, Buffer.from(value), after]).toString(encoding)
          const found = forms.filter((form) => encoded.includes(form))
          // All but the characters at its ends, which hold bits of its neighbours.
          const length = Math.max(0, ...found.map((form) => form.length))
          expect(length).toBeGreaterThanOrEqual(Math.floor((Buffer.byteLength(value.trim()) * 8) / 6) - 1)
        },
      ),
    )
  })

  it('have every line of wrapped base64 and hex, and of a key, but not what frames every key', async () => {
    const body = randomBytes(150).toString('base64').replace(/.{64}/g, '$&\n')
    const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`
    const forms = await formsOf(pem)
    for (const line of body.split('\n').filter((text) => text.length >= 6)) expect(forms).toContain(line)
    for (const columns of [64, 76])
      for (const line of Buffer.from(pem.trim())
        .toString('base64')
        .match(new RegExp(`.{${columns}}`, 'g')) ?? [])
        expect(forms).toContain(line)
    for (const line of Buffer.from(pem.trim()).toString('hex').match(/.{60}/g) ?? []) expect(forms).toContain(line)
    expect(forms).not.toContain('-----BEGIN PRIVATE KEY-----')
    expect(forms).not.toContain('-----END PRIVATE KEY-----')
    expect(forms).toContain(pem.trim().replaceAll('\n', '\r\n'))
  })

  it('leave less than a piece of any row of wrapped base64, and less than half of one of the last, whatever stands before and behind it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 24, max: 200 }).map((length) =>
          randomBytes(length)
            .toString('latin1')
            .replace(/[\s\0]/g, 'x'),
        ),
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ maxLength: 5 }),
        fc.constantFrom(60, 64, 72, 76),
        fc.constantFrom<['base64', 'base64url']>('base64', 'base64url'),
        async (value, before, after, columns, encoding) => {
          const forms = await formsOf(value)
          const bytes = Buffer.from(value)
          const encoded = Buffer.concat([before, bytes, after]).toString(encoding)
          const from = Math.ceil((before.length * 8) / 6)
          const to = Math.floor(((before.length + bytes.length) * 8) / 6)
          for (let row = 0; row < encoded.length; row += columns) {
            const line = encoded.slice(row, row + columns)
            const open = new Set<number>()
            for (let at = Math.max(from, row); at < Math.min(to, row + columns); at += 1) open.add(at - row)
            // Of the characters that hold nothing but bits of the value.
            if (open.size < (row > from && row + columns > to ? 8 : 16)) continue
            for (const form of forms)
              for (let at = line.indexOf(form); at >= 0; at = line.indexOf(form, at + 1))
                for (let covered = at; covered < at + form.length; covered += 1) open.delete(covered)
            expect([...open], line).toEqual([])
          }
        },
      ),
    )
  })

  it('have the last row of wrapped base64 also when a line feed was encoded with the value', async () => {
    for (const length of [58, 59, 60, 62, 64, 120]) {
      const value = randomBytes(length).toString('hex').slice(0, length)
      const forms = await formsOf(value)
      const encoded = Buffer.from(`${value}\n`).toString('base64')
      for (const columns of [64, 76]) {
        const last = encoded.slice(columns * Math.floor((encoded.length - 1) / columns))
        const stable = last.slice(0, Math.floor((length * 8) / 6) % columns)
        if (last.length > 8)
          expect(forms.some((form) => last.startsWith(form) && form.length >= stable.length)).toBe(true)
      }
    }
  })

  it('have no pieces that do not fit, and those of the shortest values first', async () => {
    const large = randomBytes(24_000).toString('hex')
    const token = randomBytes(20).toString('hex')
    const forms = await secretForms([
      { name: 'LARGE', value: large },
      { name: 'TOKEN', value: token },
    ])
    const wrapped = Buffer.from(`x:${token}`).toString('base64').slice(4, 40)
    expect(forms.some(({ bytes, name }) => name === 'TOKEN' && wrapped.includes(bytes.toString()))).toBe(true)
    expect(forms.length).toBeLessThan(8000)
  })

  it('have none of what spaces and dashes encode to', async () => {
    const value = `secret${' '.repeat(40)}value${'-'.repeat(40)}end`
    const spaces = Buffer.from(' '.repeat(60)).toString('base64')
    const dashes = Buffer.from('-'.repeat(60)).toString('base64')
    expect((await formsOf(value)).filter((form) => spaces.includes(form) || dashes.includes(form))).toEqual([])
  })

  it('are each there once, and of what two variables share the first one has the name', async () => {
    const forms = await secretForms([
      { name: 'FIRST', value: 'same-value' },
      { name: 'SECOND', value: 'same-value' },
      { name: 'THIRD', value: 'same-value\n' },
    ])
    expect(new Set(forms.map(({ name }) => name))).toEqual(new Set(['FIRST']))
    expect(new Set(forms.map(({ bytes }) => bytes.toString())).size).toBe(forms.length)
    // Text that needs no escaping: itself, base64 at three alignments, hex twice.
    expect(forms).toHaveLength(6)
  })

  it('are none for a value under six characters, however many bytes those have', async () => {
    for (const value of ['', '12345', '\u{1f600}'.repeat(5), '  12345  ', ' '.repeat(100)]) {
      expect(isMaskable(value)).toBe(false)
      expect(await formsOf(value)).toEqual([])
    }
    for (const value of ['123456', '\u{1f600}'.repeat(6), ' 123456\n']) expect(isMaskable(value)).toBe(true)
  })

  it('are refused above 4 MiB in all, naming the variable and no value', async () => {
    const value = randomBytes(750).toString('base64')
    const variables = Array.from({ length: 500 }, (_, index) => ({ name: `V${index}`, value: `${index}${value}` }))
    const refusal = await secretForms(variables).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TooManyFormsError)
    expect(String(refusal)).toMatch(/at V\d+/)
    expect(String(refusal)).not.toContain(value.slice(0, 8))
  })

  it('of one value of 64 KiB are not too many, whatever it is made of', async () => {
    for (const unit of [`!"'<>[]&/`, '{"k":"v"}\n', 'abcdef\n', 'é日😀"'])
      expect(await formsOf(unit.repeat(65_536 / Buffer.byteLength(unit)))).not.toHaveLength(0)
  })
})

describe.runIf(existsSync(BASH))('what bash prints of a secret', () => {
  it.each([
    ['printf %q', 'printf %q "$SECRET"'],
    ['@Q', 'printf %s "$' + '{SECRET@Q}"'],
    ['declare -p', 'declare -p SECRET'],
    ['set -x', 'set -x; : "$SECRET"'],
    ['set', 'set | grep -a -A2 ^SECRET='],
  ])('%s is covered', async (_what, script) => {
    const values = [
      'plain-token',
      `it's "quoted" $HOME \`x\` \\ !`,
      'a b;c&d|e(f)<g>{h}*[i]?^~,',
      'tab\tbell\x07escape\x1bend\x01del\x7f',
      'two\nlines of it',
    ]
    for (const value of values) {
      const run = spawnSync(BASH, ['-c', script], { env: { SECRET: value, LC_ALL: 'C.UTF-8' } })
      const printed = `${run.stdout}${run.stderr}`
      const found = (await formsOf(value)).filter((form) => printed.includes(form))
      expect(found, `${value}: ${printed}`).not.toEqual([])
    }
  })
})
