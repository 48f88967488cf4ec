import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildMatcher, type Matcher } from './matcher.ts'

const ordered = (forms: readonly Buffer[]) =>
  [...new Map(forms.map((form) => [form.toString('hex'), form])).values()].sort(Buffer.compare)

/** [end, length of the longest form that ends there], in the order of their ends. */
const matchesOf = (matcher: Matcher, chunks: readonly Buffer[]) => {
  const found: [number, number][] = []
  let offset = 0
  for (const chunk of chunks) {
    for (let at = matcher.scan(chunk, 0); matcher.match !== undefined; at = matcher.scan(chunk, at))
      found.push([offset + at, matcher.match.byteLength])
    offset += chunk.length
  }
  return found
}

const bruteForce = (forms: readonly Buffer[], bytes: Buffer) => {
  const found: [number, number][] = []
  for (let end = 1; end <= bytes.length; end += 1) {
    const lengths = forms
      .filter((form) => bytes.subarray(0, end).subarray(-form.length).equals(form))
      .map((f) => f.length)
    if (lengths.length > 0) found.push([end, Math.max(...lengths)])
  }
  return found
}

describe('the matcher', () => {
  // Two letters: everything shares beginnings and ends with everything.
  const bytesOf = (maxLength: number, minLength = 0) =>
    fc
      .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0x61, 0x62) }, fc.constantFrom(0, 0xff)), {
        minLength,
        maxLength,
      })
      .map((bytes) => Buffer.from(bytes))

  it('finds what a search of every place finds, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytesOf(8, 3), { minLength: 1, maxLength: 12 }),
        fc.array(bytesOf(20), { maxLength: 8 }),
        async (list, chunks) => {
          const forms = ordered(list)
          const matcher = await buildMatcher(forms)
          expect(matchesOf(matcher, chunks)).toEqual(bruteForce(forms, Buffer.concat(chunks)))
          const all = Buffer.concat(chunks)
          const pending = Array.from({ length: all.length }, (_, at) => all.length - at).find((length) =>
            forms.some((form) => form.length > length && form.subarray(0, length).equals(all.subarray(-length))),
          )
          expect(matcher.pendingBytes).toBe(pending ?? 0)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('finds every one of 20 000 forms', async () => {
    const forms = ordered(Array.from({ length: 20_000 }, (_, index) => Buffer.from(`secret-${index * 7919}`)))
    const matcher = await buildMatcher(forms)
    const found = matchesOf(matcher, [Buffer.from(`${forms.join(' ')} `)])
    expect(found.filter(([, length], index) => length === found[index]?.[1])).toHaveLength(found.length)
    expect(found.length).toBeGreaterThanOrEqual(forms.length)
  })

  it('lets others run while it is built', async () => {
    let turns = 0
    let building = true
    const turn = () => {
      turns += 1
      if (building) setImmediate(turn)
    }
    setImmediate(turn)
    await buildMatcher(ordered(Array.from({ length: 2000 }, (_, index) => Buffer.from(`${index}:`.repeat(20)))))
    building = false
    expect(turns).toBeGreaterThan(5)
  })

  it('takes forms in byte order only, each once', async () => {
    const [a, b] = [Buffer.from('aaa'), Buffer.from('bbb')]
    await expect(buildMatcher([b, a])).rejects.toThrow(RangeError)
    await expect(buildMatcher([a, a])).rejects.toThrow(RangeError)
    await expect(buildMatcher([a, Buffer.from('bb')])).rejects.toThrow(RangeError)
  })

  it('finds nothing any more when wiped', async () => {
    const matcher = await buildMatcher([Buffer.from('secret')])
    matcher.scan(Buffer.from('secre'), 0)
    matcher.wipe()
    expect(matcher.pendingBytes).toBe(0)
    expect(matchesOf(matcher, [Buffer.from('t secret')])).toEqual([])
  })
})
