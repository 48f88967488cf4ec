import { ENV_SET_NAMES_VARIABLE } from '@sallyport/contract/env-set-rules'
import { usageError } from './exit-code.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** SPEC S1: what a session inherits from the shell that started it. Everything else may be a secret of that shell. */
const inherited = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'TMPDIR',
  'TZ',
  'EDITOR',
  'VISUAL',
  'SSH_AUTH_SOCK',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'DBUS_SESSION_BUS_ADDRESS',
])

/** SPEC S7: these change who pays for an agent. Inherited with `--billing api`, else only given by `--env`. */
const paying = new Set([
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'OPENAI_API_KEY',
])

const isName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)

const passes = (name: string, { inheritEnv, billing, allowed }: EnvironmentOptions): boolean => {
  // CLAUDECODE makes an agent believe that it runs inside another.
  if (!isName(name) || name.startsWith('SALLYPORT_') || name === 'CLAUDECODE') return false
  if (inheritEnv) return billing === 'api' || !paying.has(name)
  return inherited.has(name) || name.startsWith('LC_') || name.startsWith('XDG_') || allowed.includes(name)
}

/** Which of the variables are of env sets, in a session that has some. */
const ofEnvSets = (variables: Variables): ReadonlySet<string> => new Set(variables[ENV_SET_NAMES_VARIABLE]?.split(','))

export interface EnvironmentOptions {
  /** `K=V`, or `K` to copy it. */
  readonly env: readonly string[]
  readonly inheritEnv: boolean
  readonly billing: 'subscription' | 'api'
  /** `session.env_allow` of the daemon. */
  readonly allowed: readonly string[]
}

export interface SessionEnvironment {
  readonly variables: Record<string, string>
  /** Sentences, without values. */
  readonly warnings: readonly string[]
}

/**
 * The complete environment of a session started from a shell. Inside a session, what that one has of env sets is left out, because the daemon keeps what it is given
 * here in plain text and does not mask it; but not PATH and its like, without which nothing would start. Throws a usage error for a malformed `--env`.
 */
export const sessionEnvironment = (variables: Variables, options: EnvironmentOptions): SessionEnvironment => {
  const secrets = ofEnvSets(variables)
  const result: Record<string, string> = {}
  const leftOut = new Set<string>()
  const copied: string[] = []
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined || !passes(name, options)) continue
    if (secrets.has(name) && !inherited.has(name)) leftOut.add(name)
    else result[name] = value
  }
  for (const given of options.env) {
    const cut = given.indexOf('=')
    const name = cut === -1 ? given : given.slice(0, cut)
    if (!isName(name)) throw usageError(`--env ${name}: an environment name has letters, digits and underscores`)
    const value = cut === -1 ? variables[name] : given.slice(cut + 1)
    if (value === undefined) throw usageError(`--env ${name}: it is not set here`, `give a value: --env ${name}=VALUE`)
    result[name] = value
    leftOut.delete(name)
    if (cut === -1 && secrets.has(name)) copied.push(name)
  }
  return { variables: result, warnings: warnings([...leftOut], copied) }
}

const warnings = (leftOut: readonly string[], copied: readonly string[]): string[] => [
  ...(leftOut.length === 0
    ? []
    : [`not passed on, because it is from an env set: ${leftOut.join(', ')}; a session gets it with --env-set`]),
  ...copied.map(
    (name) =>
      `--env ${name} copies a value of an env set: it is kept in plain text and not masked; --env-set would do neither`,
  ),
]
