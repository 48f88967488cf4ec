import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ConfigEntry } from '@sallyport/contract/admin'
import { readConfigFile } from './config-file.ts'
import { type Environment, processVariables } from './environment.ts'
import { nearest } from './nearest.ts'
import { type ConfigKey, type ConfigValues, configKeyNames, configKeys, variableOf } from './schema.ts'

/** What the command line said. Keys are those of the configuration, values as typed. */
export interface Flags {
  readonly dataDir?: string | undefined
  readonly configFile?: string | undefined
  readonly values: Readonly<Partial<Record<ConfigKey, { readonly raw: unknown; readonly flag: string }>>>
}

export interface Config {
  readonly dataDir: string
  /** Where the configuration was looked for; it may not exist. */
  readonly file: string
  readonly values: ConfigValues
  /** Everything with its source, for `config show`. */
  readonly entries: readonly ConfigEntry[]
  readonly warnings: readonly string[]
}

/** The configuration cannot be used. All problems at once, each a sentence that begins with its place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

interface Candidate {
  readonly raw: unknown
  readonly source: ConfigEntry['source']
  readonly origin: string
}

const MAX_FILE_VALUE_BYTES = 64 * 1024

/** SALLYPORT_X, or the content of the file that SALLYPORT_X_FILE names. Both at once is a contradiction, not a precedence. */
const fromEnvironment = async (name: string, environment: Environment): Promise<Candidate | undefined> => {
  const variable = variableOf(name)
  const [direct, file] = [environment[variable], environment[`${variable}_FILE`]]
  if (direct !== undefined && file !== undefined)
    throw new ConfigError([`${variable} and ${variable}_FILE are both set; unset one of them`])
  if (direct !== undefined) return { raw: direct, source: 'environment', origin: variable }
  if (file === undefined) return undefined
  const content = await readFile(file, 'utf8').catch((error: Error) => {
    throw new ConfigError([`${variable}_FILE: cannot read ${file}: ${error.message}`])
  })
  if (content.length > MAX_FILE_VALUE_BYTES)
    throw new ConfigError([`${variable}_FILE: ${file} is too long to be a value`])
  return { raw: content.replace(/\r?\n$/, ''), source: 'environment', origin: `${variable}_FILE` }
}

/** A mistyped SALLYPORT_ variable would otherwise be a setting that silently does nothing. */
const unknownVariables = (environment: Environment): string[] => {
  const known = new Set<string>(
    [...configKeyNames, 'data_dir'].flatMap((name) => [variableOf(name), `${variableOf(name)}_FILE`]),
  )
  for (const name of Object.values(processVariables)) known.add(name)
  return Object.keys(environment)
    .filter((name) => name.startsWith('SALLYPORT_') && !known.has(name))
    .map((name) => {
      const guess = nearest(name, [...known])
      return `the variable ${name} is not one of ours and does nothing${guess === undefined ? '' : `; did you mean ${guess}?`}`
    })
}

/** `--data-dir`, `SALLYPORT_DATA_DIR` (or its `_FILE` twin), `~/.sallyport`; absolute. */
const findDataDir = async (flags: Flags, environment: Environment): Promise<Candidate & { readonly path: string }> => {
  const candidate: Candidate =
    flags.dataDir !== undefined
      ? { raw: flags.dataDir, source: 'flag', origin: '--data-dir' }
      : ((await fromEnvironment('data_dir', environment)) ?? {
          raw: join(homedir(), '.sallyport'),
          source: 'default',
          origin: '',
        })
  if (typeof candidate.raw !== 'string' || candidate.raw === '')
    throw new ConfigError([`${candidate.origin}: data_dir must be a directory`])
  return { ...candidate, path: resolve(candidate.raw) }
}

/**
 * Reads file, environment and flags: flag before environment before file before default. Touches nothing and needs no daemon.
 * @throws ConfigError with every problem found
 */
export const loadConfig = async (flags: Flags, environment: Environment): Promise<Config> => {
  const dataDir = await findDataDir(flags, environment)
  const file = resolve(flags.configFile ?? join(dataDir.path, 'config.yaml'))
  const fromFile = await readConfigFile(file, flags.configFile !== undefined)
  const problems = [...fromFile.problems]
  const values: Record<string, unknown> = {}
  const entries: ConfigEntry[] = [
    { key: 'data_dir', value: dataDir.path, source: dataDir.source, origin: dataDir.origin || null },
  ]

  for (const name of configKeyNames) {
    const inFile = fromFile.values.get(name)
    const typed = flags.values[name]
    const candidate: Candidate | undefined =
      typed !== undefined
        ? { raw: typed.raw, source: 'flag', origin: typed.flag }
        : ((await fromEnvironment(name, environment).catch(collect(problems))) ??
          (inFile && { raw: inFile.raw, source: 'file', origin: inFile.origin }))
    const { type, fallback } = configKeys[name] as { type: (typeof configKeys)[ConfigKey]['type']; fallback: unknown }
    const parsed = candidate && type.schema.safeParse(candidate.raw)
    if (parsed && !parsed.success) problems.push(`${candidate.origin}: ${name} must be ${type.expects}`)
    const value = parsed?.success ? parsed.data : fallback
    values[name] = value
    // The value comes from the schema of the same row; TypeScript cannot follow that through the union of rows.
    entries.push({
      key: name,
      value: (type.show as (value: unknown) => ConfigEntry['value'])(value),
      source: candidate?.source ?? 'default',
      origin: candidate?.origin ?? null,
    })
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    dataDir: dataDir.path,
    file,
    values: values as unknown as ConfigValues,
    entries,
    warnings: unknownVariables(environment),
  }
}

const collect =
  (problems: string[]) =>
  (error: unknown): undefined => {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
  }
