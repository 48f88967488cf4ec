import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ConfigEntry } from '@sallyport/contract/admin'
import type { Secret } from '@sallyport/crypto/secret'
import { findGivenKey, type GivenKey } from '../master-key/given-source.ts'
import { type ResolvedAuth, resolveAuthMode, type Said } from './auth-mode.ts'
import { ConfigError } from './config-error.ts'
import { readConfigFile } from './config-file.ts'
import { type Environment, processVariables } from './environment.ts'
import { readPassword } from './password-source.ts'
import { type ConfigKey, type ConfigValues, configKeyNames, configKeys, type KeyValues } from './schema.ts'
import type { ValueType } from './value-types.ts'
import { type Candidate, fromEnvironment, unknownVariables } from './variables.ts'

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
  readonly auth: Pick<ResolvedAuth, 'mode' | 'requireSecondFactor'> & {
    /** Of mode `password`, normalised; null in every other mode. */
    readonly password: Secret<string> | null
  }
  /** What sign-ins of mode `password` are bound to, when the owner says it (A8). */
  readonly installId: string | null
  /** Everything with its source, for `config show`. */
  readonly entries: readonly ConfigEntry[]
  readonly warnings: readonly string[]
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

/** What one key is, and who said it. */
interface Resolved {
  readonly entry: ConfigEntry
  readonly value: unknown
  readonly problem: string | null
}

const resolveKey = (name: ConfigKey, candidate: Candidate | undefined): Resolved => {
  // The value comes from the schema of the same row; TypeScript cannot follow that through the union of rows.
  const { type, fallback } = configKeys[name] as { type: ValueType<unknown>; fallback: unknown }
  const parsed = candidate && type.schema.safeParse(candidate.raw)
  const value = parsed?.success ? parsed.data : fallback
  const flaw = parsed?.success ? (type.check?.(parsed.data) ?? null) : null
  const wrongShape = parsed?.success === false ? `${name} must be ${type.expects}` : null
  const wrong = wrongShape ?? (flaw === null ? null : `${name}: ${flaw}`)
  return {
    value,
    problem: wrong === null ? null : `${candidate?.origin}: ${wrong}`,
    entry: {
      key: name,
      value: type.show(value),
      source: candidate?.source ?? 'default',
      origin: candidate?.origin ?? null,
    },
  }
}

/** What `auth.mode` and its relatives come to stands in their rows: that is what counts, whatever each of them said. */
const withAuth = (entries: readonly ConfigEntry[], auth: ResolvedAuth): ConfigEntry[] => {
  const decided = { source: auth.decidedBy?.source ?? 'default', origin: auth.decidedBy?.origin ?? null } as const
  return entries.map((entry) => {
    if (entry.key === 'auth.mode') return { ...entry, ...decided, value: auth.mode }
    if (entry.key === 'auth.enabled') return { ...entry, ...decided, value: auth.mode !== 'off' }
    if (entry.key === 'auth.require_mfa') return { ...entry, value: auth.requireSecondFactor }
    return entry
  })
}

/** A key that the owner or systemd gives counts, whatever is configured (E2): its row says where it comes from. */
const withGivenKey = (entries: readonly ConfigEntry[], given: GivenKey | undefined): ConfigEntry[] =>
  entries.map((entry) =>
    entry.key === 'env_sets.master_key' && given !== undefined
      ? { ...entry, value: given.path, source: 'environment', origin: given.origin }
      : entry,
  )

/**
 * Reads file, environment and flags: flag before environment before file before default. Touches nothing and needs no daemon.
 * @throws ConfigError with every problem found
 */
export const loadConfig = async (flags: Flags, environment: Environment): Promise<Config> => {
  const dataDir = await findDataDir(flags, environment)
  const file = resolve(flags.configFile ?? join(dataDir.path, 'config.yaml'))
  const fromFile = await readConfigFile(file, flags.configFile !== undefined)
  const problems = [...fromFile.problems]
  const keys = new Map<string, Resolved>()
  for (const name of configKeyNames) {
    const inFile = fromFile.values.get(name)
    const typed = flags.values[name]
    const candidate: Candidate | undefined =
      typed !== undefined
        ? { raw: typed.raw, source: 'flag', origin: typed.flag }
        : ((await fromEnvironment(name, environment).catch(collect(problems))) ??
          (inFile && { raw: inFile.raw, source: 'file', origin: inFile.origin }))
    const key = resolveKey(name, candidate)
    if (key.problem !== null) problems.push(key.problem)
    keys.set(name, key)
  }
  const password = await readPassword(environment).catch(collect(problems))
  const installId = environment[processVariables.installId] ?? null
  if (installId !== null && !/^[\x21-\x7e]{8,128}$/.test(installId))
    problems.push(`${processVariables.installId} must be 8 to 128 printable characters without spaces`)
  // What follows from the values is looked at when each of them is good in itself.
  if (problems.length > 0) throw new ConfigError(problems)

  const values = Object.fromEntries([...keys].map(([name, { value }]) => [name, value])) as unknown as KeyValues
  const said = <K extends ConfigKey>(name: K): Said<NonNullable<KeyValues[K]>> | null => {
    const entry = keys.get(name)?.entry
    return entry === undefined || entry.origin === null
      ? null
      : { value: values[name] as NonNullable<KeyValues[K]>, source: entry.source, origin: entry.origin }
  }
  const auth = resolveAuthMode({
    mode: said('auth.mode'),
    enabled: said('auth.enabled'),
    requireMfa: said('auth.require_mfa'),
    password: password ? { source: 'environment', origin: password.origin } : null,
    host: values['http.host'],
    publicUrls: values.public_urls,
    trustProxy: values.trust_proxy,
  })
  if (!('mode' in auth)) throw new ConfigError(auth)
  const givenKey = await findGivenKey(environment)
  const masterKey = said('env_sets.master_key')
  return {
    dataDir: dataDir.path,
    file,
    values,
    auth: {
      mode: auth.mode,
      requireSecondFactor: auth.requireSecondFactor,
      password: password?.password ?? null,
    },
    installId,
    entries: [
      { key: 'data_dir', value: dataDir.path, source: dataDir.source, origin: dataDir.origin || null },
      ...withGivenKey(
        withAuth(
          [...keys.values()].map(({ entry }) => entry),
          auth,
        ),
        givenKey,
      ),
    ],
    warnings: [
      ...unknownVariables(environment),
      ...(password?.warning ? [password.warning] : []),
      ...(givenKey !== undefined && masterKey !== null
        ? [
            `env_sets.master_key: ${masterKey.value} (${masterKey.origin}) is not used: the key comes from ${givenKey.origin}`,
          ]
        : []),
      ...(auth.mode === 'off' ? ['sign-in is off: every program and user of this machine can use your sessions'] : []),
    ],
  }
}

const collect =
  (problems: string[]) =>
  (error: unknown): undefined => {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
  }
