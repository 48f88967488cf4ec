import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { nearest } from './nearest.ts'
import { passwordPlaces } from './password-source.ts'
import { configKeyNames, isConfigKey } from './schema.ts'

/** A value as it stands in the file, and where: `config.yaml:7`. */
export interface FileValue {
  readonly raw: unknown
  readonly origin: string
}

export interface ConfigFile {
  readonly values: ReadonlyMap<string, FileValue>
  /** Sentences that begin with file and line. */
  readonly problems: readonly string[]
}

/** A configuration is a page of text; anything bigger is not one. */
const MAX_BYTES = 256 * 1024

/** `a.b.c` stands in the section `a.b`, and that in `a`. */
const sections = new Set(
  configKeyNames.flatMap((name) => [...name.matchAll(/\./g)].map(({ index }) => name.slice(0, index))),
)

/** Where people look for a place for it. */
const passwordKeys: ReadonlySet<string> = new Set(['password', 'auth.password', 'sallyport_password'])

const unknownKey = (name: string): string => {
  if (name === 'data_dir')
    return 'data_dir cannot stand in the file (the file is found through it); use --data-dir or SALLYPORT_DATA_DIR'
  if (passwordKeys.has(name.toLowerCase()))
    return `a password cannot stand in the file, which is shown, copied and backed up; ${passwordPlaces}`
  const guess = nearest(name, [...configKeyNames, ...sections])
  return `there is no key ${JSON.stringify(name)}${guess === undefined ? '' : `; did you mean ${guess}?`}`
}

/** Reads one file's text. `fileName` is what errors call it. */
export const parseConfigFile = (text: string, fileName: string): ConfigFile => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, version: '1.2' })
  const values = new Map<string, FileValue>()
  const problems = [...document.errors, ...document.warnings].map(
    (error) => `${fileName}:${lines.linePos(error.pos[0]).line}: ${error.message}`,
  )
  const at = (node: Node | null | undefined): string => `${fileName}:${lines.linePos(node?.range?.[0] ?? 0).line}`

  const visit = (map: YAMLMap, prefix: string): void => {
    for (const { key, value } of map.items) {
      const keyNode = key as Node
      if (!isScalar(key) || typeof key.value !== 'string') {
        problems.push(`${at(keyNode)}: a key is a word`)
        continue
      }
      const name = `${prefix}${key.value}`
      if (isConfigKey(name)) values.set(name, { raw: (value as Node | null)?.toJS(document), origin: at(keyNode) })
      else if (!sections.has(name)) problems.push(`${at(keyNode)}: ${unknownKey(name)}`)
      else if (isMap(value)) visit(value as YAMLMap, `${name}.`)
      // `http:` with every key below it commented out is an empty section, not a mistake.
      else if (!(value === null || (isScalar(value) && value.value === null)))
        problems.push(`${at(keyNode)}: ${name} is a section: its keys stand indented below it`)
    }
  }

  if (problems.length > 0) return { values, problems }
  const root = document.contents
  if (isMap(root)) visit(root as YAMLMap, '')
  else if (root !== null && !(isScalar(root) && root.value === null)) {
    problems.push(`${at(root as Node)}: the file must be keys and values, such as "public_urls: []"`)
  }
  return { values, problems }
}

/** The file at `path`. A missing file is an empty configuration unless somebody named it (`required`). */
export const readConfigFile = async (path: string, required: boolean): Promise<ConfigFile> => {
  const fileName = basename(path)
  try {
    const bytes = await readFile(path)
    if (bytes.length > MAX_BYTES)
      return {
        values: new Map(),
        problems: [`${path} is ${bytes.length} bytes long; a configuration has at most ${MAX_BYTES}`],
      }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return parseConfigFile(text, fileName)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && !required) return { values: new Map(), problems: [] }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { values: new Map(), problems: [`${path} is not UTF-8 text`] }
    return { values: new Map(), problems: [`cannot read ${path}: ${message}`] }
  }
}
