import {
  duration,
  durationOrOff,
  environmentNames,
  flag,
  loopbackHost,
  origins,
  size,
  sizeOrAuto,
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
  'http.host': key(loopbackHost, 'localhost'),
  /** 0: any free port. */
  'http.port': key(wholeNumber(0, 65_535), 8447),
  /** Addresses under which people reach this daemon beside localhost (W7). */
  public_urls: key(origins, []),
  /** Other pages that may call this daemon from a browser (W7, W8). */
  allowed_origins: key(origins, []),
  'auth.session_duration': key(duration(15 * MINUTE_MS, 30 * DAY_MS), 7 * DAY_MS),
  'auth.idle_timeout': key(durationOrOff(MINUTE_MS, 30 * DAY_MS), null),
  /** 200 is what one keeper carries at under 1 MB each (V5). */
  'session.max_live': key(wholeNumber(1, 2000), 200),
  /** Copied from the caller's environment into sessions, beside S1's list. The CLI reads it too. */
  'session.env_allow': key(environmentNames, []),
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
export type ConfigValues = { readonly [K in ConfigKey]: ValueOf<K> }

export const configKeyNames = Object.keys(configKeys) as ConfigKey[]
export const isConfigKey = (name: string): name is ConfigKey => Object.hasOwn(configKeys, name)

/** `auth.session_duration` → `SALLYPORT_AUTH_SESSION_DURATION`. */
export const variableOf = (name: string): string => `SALLYPORT_${name.replaceAll('.', '_').toUpperCase()}`
