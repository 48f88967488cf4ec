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

const passes = (name: string, { inheritEnv, billing }: EnvironmentOptions, allowed: ReadonlySet<string>): boolean => {
  // CLAUDECODE makes an agent believe that it runs inside another.
  if (!isName(name) || name.startsWith('SALLYPORT_') || name === 'CLAUDECODE') return false
  if (inheritEnv) return billing === 'api' || !paying.has(name)
  return inherited.has(name) || name.startsWith('LC_') || name.startsWith('XDG_') || allowed.has(name)
}

export interface EnvironmentOptions {
  /** `K=V`, or `K` to copy it. */
  readonly env: readonly string[]
  readonly inheritEnv: boolean
  readonly billing: 'subscription' | 'api'
  /** `session.env_allow` of the daemon. */
  readonly allowed: readonly string[]
}

/** The complete environment of a session started from a shell. Throws a usage error for a malformed `--env`. */
export const sessionEnvironment = (variables: Variables, options: EnvironmentOptions): Record<string, string> => {
  const allowed = new Set(options.allowed)
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && passes(name, options, allowed)) result[name] = value
  }
  for (const given of options.env) {
    const cut = given.indexOf('=')
    const name = cut === -1 ? given : given.slice(0, cut)
    if (!isName(name)) throw usageError(`--env ${name}: an environment name has letters, digits and underscores`)
    const value = cut === -1 ? variables[name] : given.slice(cut + 1)
    if (value === undefined) throw usageError(`--env ${name}: it is not set here`, `give a value: --env ${name}=VALUE`)
    result[name] = value
  }
  return result
}
