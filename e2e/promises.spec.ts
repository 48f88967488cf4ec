import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'

const root = join(import.meta.dirname, '..')
const seeds = ['000 RunWisp', '001 Rackscope', '002 repowire', '003 WaveLedger', '004 CodePiper']
const columns = ['they say', 'Sallyport', 'proof']

interface Promised {
  readonly seed: string
  readonly says: string
  readonly proof: string
}

/** The cells of a line of a table, as text: a `|` with a backslash before it ends none. */
const cellsOf = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/\\([^a-z0-9\s])/gi, '$1'))

/** The rows of the table under `## <heading>`; none where heading or table is missing or the table has other columns. */
const tableOf = (document: string, heading: string, wanted: readonly string[]): string[][] => {
  const section = document.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? ''
  const [head = [], , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf)
  return head.join() === wanted.join() ? rows : []
}

const promisesOf = (document: string): Promised[] =>
  seeds.flatMap((seed) => tableOf(document, seed, columns).map(([says = '', , proof = '']) => ({ seed, says, proof })))

const departuresOf = (document: string): string[] =>
  tableOf(document, 'Departures on purpose', ['seed', 'where Sallyport departs']).map(([, text = '']) => text)

/** A statement that begins with it, test or describe; then its title: the string before a callback or its options. */
const statement = /^ *(it|test|describe)((?:\.\w+)*)\b/gm
const title = /\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1\s*,\s*(?=async\b|\(|\{)/s

/** `title` and `block › title` of each test of a file, as written there: `%s` and `${…}` included. A skipped test proves nothing. */
const testNames = (source: string): string[] => {
  const starts = [...source.matchAll(statement)]
  let block = ''
  return starts.flatMap(({ index, 1: word, 2: more = '' }, at) => {
    const [, , name] = title.exec(source.slice(index, starts[at + 1]?.index)) ?? []
    if (name === undefined || /skip|todo|fixme|fails/.test(more)) return []
    const text = name.replace(/\\(.)/gs, '$1')
    if (word !== 'describe' && !more.includes('describe')) return [text, `${block} › ${text}`]
    block = text
    return []
  })
}

const isCited = (cited: string, name: string): boolean =>
  cited.endsWith('…') ? name.startsWith(cited.slice(0, -1)) : name === cited

const problemOfCitation = (citation: string): string | null => {
  const [, file = '', , name = ''] = /^`([^`]+\.(?:test|spec)\.tsx?)` › ([*_])(.+)\2$/.exec(citation) ?? []
  if (name === '' || name === '…') return `is no test, row of section 17, "no test yet" or "not yet (id)": ${citation}`
  if (!existsSync(join(root, file))) return `there is no ${file}`
  const names = testNames(readFileSync(join(root, file), 'utf8'))
  return names.some((one) => isCited(name, one)) ? null : `${file} has no test "${name}"`
}

const problemsOfProof = (proof: string, departures: readonly string[]): string[] => {
  if (proof === '') return ['has no proof']
  if (proof === 'no test yet' || /^not yet \([A-Z]\d+(, [A-Z]\d+)*\)$/.test(proof)) return []
  const [, row] = /^section 17: “(.+)”$/.exec(proof) ?? []
  if (row !== undefined) return departures.some((one) => one.includes(row)) ? [] : [`section 17 does not say “${row}”`]
  return proof.split('<br>').flatMap((citation) => problemOfCitation(citation.trim()) ?? [])
}

const problemsOf = (document: string): string[] => {
  const promises = promisesOf(document)
  const missing = seeds
    .filter((seed) => !promises.some((one) => one.seed === seed))
    .map((seed) => `no table of ${seed}`)
  const departures = departuresOf(document)
  const wrong = promises.flatMap(({ seed, says, proof }) =>
    problemsOfProof(proof, departures).map((problem) => `${seed}, "${says}": ${problem}`),
  )
  return [...missing, ...wrong]
}

const document = readFileSync(join(root, 'docs/promises.md'), 'utf8')

test('every promise of the seeds is cited to a test that exists, a departure, or the id under which it comes', () => {
  expect(problemsOf(document)).toEqual([])
})

test('what is missing from the map of promises is noticed', () => {
  const own = '`e2e/promises.spec.ts` › *what is missing from the map of promises is noticed*'
  const table = (proof: string) =>
    [
      ...seeds.map(
        (seed) => `## ${seed}\n\n| they say | Sallyport | proof |\n| - | - | - |\n| a \\| b | is | ${proof} |\n`,
      ),
      '## Departures on purpose\n\n| seed | where Sallyport departs |\n| - | - |\n| 000 | it departs |\n',
    ].join('\n')
  for (const good of [
    own,
    `${own}<br>${own}`,
    own.replace('is noticed', '…'),
    own.replace(/[*]/g, '_'),
    'not yet (W13)',
    'no test yet',
    'section 17: “departs”',
  ])
    expect(problemsOf(table(good)), good).toEqual([])
  for (const bad of [
    '',
    own.replace('noticed', 'kept'),
    own.replace('spec.ts', 'test.ts'),
    own.replace(/[*].*[*]/, '*…*'),
    'not yet',
    'section 17: “stays”',
    `${own}, not yet (W13)`,
  ])
    expect(problemsOf(table(bad)), bad).toHaveLength(seeds.length)
  expect(problemsOf(table(own).replace('## 003 WaveLedger', '## 003'))).toEqual(['no table of 003 WaveLedger'])
  expect(problemsOf(table(own).replace('| proof |', '| reason |'))).toEqual(['no table of 000 RunWisp'])
})
