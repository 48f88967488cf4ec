import { limits } from '@sallyport/api/limits/limits'
import { authMode } from '@sallyport/contract/auth'
import { declaredProviders } from './declared-providers.ts'
import {
  addressRanges,
  duration,
  durationOrOff,
  environmentNames,
  flag,
  listenHost,
  oneOf,
  origins,
  size,
  sizeOrAuto,
  unset,
  type ValueType,
  wholeNumber,
} from './value-types.ts'

const MIB = 1024 ** 2
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

interface Key<T> {
  readonly type: ValueType<T>
  readonly fallback: NoInfer<T>
}
const key = <T>(type: ValueType<T>, fallback: NoInfer<T>): Key<T> => ({ type, fallback })

/**
 * Every key of the configuration (C1). A key is here only when something reads it; its variable is SALLYPORT_ and the path in capitals. All are read
 * at start: a change counts after a restart.
 */
export const configKeys = {
  'http.enabled': key(flag, true),
  'http.host': key(listenHost, 'localhost'),
  /** 0: any free port. */
  'http.port': key(wholeNumber(0, 65_535), 8447),
  /** Addresses under which people reach this daemon beside localhost (W7). */
  public_urls: key(origins, []),
  /** Other pages that may call this daemon from a browser (W7, W8). */
  allowed_origins: key(origins, []),
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed (W10). */
  trust_proxy: key(addressRanges, []),
  /** For a proxy that ends TLS and is not in `trust_proxy` (W12). */
  force_secure_cookies: key(flag, false),
  /** These three together: `resolveAuthMode` (A1). */
  'auth.mode': key(unset(oneOf(...authMode.options)), null),
  'auth.enabled': key(unset(flag), null),
  'auth.require_mfa': key(unset(flag), null),
  /** A2: what one guess of a password costs whoever makes it. */
  'auth.key_stretching': key(oneOf('standard', 'high'), 'standard'),
  /** A13. Only upwards: below the defaults one forgetful person closes the door for everybody behind the same address. */
  'auth.failed_sign_ins.per_client': key(wholeNumber(limits.signIn.perClient, 1_000_000), limits.signIn.perClient),
  'auth.failed_sign_ins.per_proxy': key(wholeNumber(limits.signIn.perProxy, 1_000_000), limits.signIn.perProxy),
  'auth.failed_sign_ins.per_second': key(wholeNumber(limits.signIn.perSecond, 100_000), limits.signIn.perSecond),
  'auth.session_duration': key(duration(15 * MINUTE_MS, 30 * DAY_MS), 7 * DAY_MS),
  'auth.idle_timeout': key(durationOrOff(MINUTE_MS, 30 * DAY_MS), null),
  /** E2: where the master key is made and kept when neither a credential nor SALLYPORT_MASTER_KEY_FILE brings one. */
  'env_sets.master_key': key(oneOf('file', 'keyring', 'passphrase'), 'file'),
  /** 200 is what one keeper carries at under 1 MB each (V5). */
  'session.max_live': key(wholeNumber(1, 2000), 200),
  /** Copied from the caller's environment into sessions, beside S1's list. The CLI reads it too. */
  'session.env_allow': key(environmentNames, []),
  /** `providers.<id>`: what a session can be started as beside the built-in ones (S7). A section of the file only. */
  providers: key(declaredProviders, []),
  'streams.max': key(wholeNumber(1, 4096), 64),
  'streams.max_per_auth_session': key(wholeNumber(1, 4096), 16),
  'log.max_bytes_per_session': key(size(MIB), 256 * MIB),
  'log.total_max_bytes': key(size(MIB), 10 * 1024 * MIB),
  'log.retention': key(duration(MINUTE_MS, 3650 * DAY_MS), 30 * DAY_MS),
  /** auto: the smaller of 512 MiB and 5 % of the volume (O4). */
  'log.min_free_bytes': key(sizeOrAuto, null),
} as const

export type ConfigKey = keyof typeof configKeys
type ValueOf<K extends ConfigKey> = (typeof configKeys)[K] extends Key<infer T> ? T : never
/** What each key said or its default, one by one. */
export type KeyValues = { readonly [K in ConfigKey]: ValueOf<K> }
/** The keys of `resolveAuthMode` mean something only together: `Config.auth`. */
export type ConfigValues = Omit<KeyValues, 'auth.mode' | 'auth.enabled' | 'auth.require_mfa'>

export const configKeyNames = Object.keys(configKeys) as ConfigKey[]
export const isConfigKey = (name: string): name is ConfigKey => Object.hasOwn(configKeys, name)

/** `auth.session_duration` → `SALLYPORT_AUTH_SESSION_DURATION`. */
export const variableOf = (name: string): string => `SALLYPORT_${name.replaceAll('.', '_').toUpperCase()}`
