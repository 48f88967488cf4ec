import type { ConfigEntry } from '@sallyport/contract/admin'
import { z } from 'zod'
import { canonicalAddress } from '../addresses.ts'
import { parseCidr } from '../cidr.ts'
import { formatDurationMs, formatSizeBytes, parseDurationMs, parseSizeBytes } from './quantities.ts'

/** How one kind of value is read (from YAML or from the text of a variable or flag), named in an error and shown again. */
export interface ValueType<T> {
  readonly schema: z.ZodType<T>
  /** Completes `<key> must be …`. */
  readonly expects: string
  readonly show: (value: T) => ConfigEntry['value']
  /** What is wrong with a value of the right shape, a sentence that begins with the part it is about; null when nothing is. */
  readonly check?: (value: T) => string | null
}

export const flag: ValueType<boolean> = {
  schema: z.union([
    z.boolean(),
    z.enum(['1', 'true']).transform(() => true),
    z.enum(['0', 'false']).transform(() => false),
    z.literal(1).transform(() => true),
    z.literal(0).transform(() => false),
  ]),
  expects: 'true or false',
  show: (value) => value,
}

export const wholeNumber = (min: number, max: number): ValueType<number> => ({
  schema: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .pipe(z.number().int().min(min).max(max)),
  expects: `a whole number from ${min} to ${max}`,
  show: (value) => value,
})

export const duration = (minMs: number, maxMs: number): ValueType<number> => ({
  schema: z.string().transform(parseDurationMs).pipe(z.number().min(minMs).max(maxMs)),
  expects: `a duration from ${formatDurationMs(minMs)} to ${formatDurationMs(maxMs)}, such as 90s, 15m, 12h or 7d`,
  show: formatDurationMs,
})

/** YAML 1.2 reads a bare `off` as text; YAML 1.1 habits write `false`. */
export const durationOrOff = (minMs: number, maxMs: number): ValueType<number | null> => {
  const base = duration(minMs, maxMs)
  return {
    schema: z.union([
      z.enum(['off', 'false']).transform(() => null),
      z.literal(false).transform(() => null),
      base.schema,
    ]),
    expects: `off or ${base.expects}`,
    show: (value) => (value === null ? 'off' : formatDurationMs(value)),
  }
}

export const size = (minBytes: number): ValueType<number> => ({
  schema: z
    .union([
      z.number().int(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
      z.string().transform(parseSizeBytes),
    ])
    .pipe(z.number().min(minBytes).max(Number.MAX_SAFE_INTEGER)),
  expects: `a size of at least ${formatSizeBytes(minBytes)}, such as 512MiB or 10GiB`,
  show: formatSizeBytes,
})

export const sizeOrAuto: ValueType<number | null> = {
  schema: z.union([z.literal('auto').transform(() => null), size(0).schema]),
  expects: 'auto or a size such as 512MiB; 0 turns the guard off',
  show: (value) => (value === null ? 'auto' : formatSizeBytes(value)),
}

const list = (item: z.ZodString, expects: string): ValueType<readonly string[]> => ({
  schema: z
    .union([
      z.array(z.string()),
      z.string().transform((text) =>
        text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      ),
    ])
    .pipe(z.array(item).max(1000)),
  expects,
  show: (value) => [...value],
})

/** Exactly what a browser sends as Origin: nothing that a parser would have to forgive. */
const isOrigin = (text: string): boolean => {
  if (!/^https?:\/\/[^/?#@\s]+$/.test(text) || !URL.canParse(text)) return false
  return new URL(text).origin === text
}

export const origins = list(
  z.string().refine(isOrigin),
  'a list of addresses like https://sallyport.example.org or http://10.0.0.5:8447: scheme, host in lower case, port unless it is the default, nothing after it',
)

export const environmentNames = list(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/),
  'a list of environment variable names; a trailing * matches any ending',
)

export const oneOf = <const T extends string>(...words: readonly T[]): ValueType<T> => ({
  schema: z.enum(words) as unknown as z.ZodType<T>,
  expects: `one of ${words.join(', ')}`,
  show: (value) => value,
})

/** A key without a default of its own: what it means when nobody said it follows from others. */
export const unset = <T>(type: ValueType<T>): ValueType<T | null> => ({
  schema: type.schema,
  expects: type.expects,
  show: (value) => (value === null ? null : type.show(value)),
})

export const addressRanges: ValueType<readonly string[]> = {
  ...list(z.string(), 'a list of address ranges such as [10.0.0.0/8, "2001:db8::/32"], never true or false'),
  check: (ranges) => {
    for (const range of ranges) {
      const parsed = parseCidr(range)
      if (typeof parsed === 'string') return `${range} ${parsed}`
    }
    return null
  },
}

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/** `localhost` stands for both loopback addresses, whichever of the three was written. */
export const listenHost: ValueType<string> = {
  schema: z
    .string()
    .transform((host) => {
      const address = canonicalAddress(host) ?? host.toLowerCase()
      return loopbackNames.has(address) ? 'localhost' : address
    })
    .refine((host) => host === 'localhost' || canonicalAddress(host) === host),
  expects:
    'localhost, an IP address of this machine, or 0.0.0.0 or :: for all of them; no other host name, because what it stands for may change while the daemon runs',
  show: (value) => value,
}
