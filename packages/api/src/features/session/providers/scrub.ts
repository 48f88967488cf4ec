import type { Billing } from '@sallyport/contract/session'
import type { Provider } from './provider.ts'

/** SPEC S7: with one of these, Claude Code bills the API, or another endpoint, and not the subscription that it is signed in to. */
const agentBillingVariables = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
]

/** Names of variables that do not reach a session. */
export interface Scrub {
  /** From what it inherits: nobody asked for them. */
  readonly inherited: ReadonlySet<string>
  /** From what was asked for by name, env sets included. */
  readonly given: ReadonlySet<string>
}

/**
 * An agent that is billed to its subscription gets no API key, wherever one comes from. A shell or any other program has no billing of its own: it inherits no
 * API key, because somebody may type `claude` into it, but what was given to it by name is what it is for.
 */
export const scrubOf = ({ capabilities, billingVariables }: Provider, billing: Billing): Scrub => {
  if (billing === 'api') return { inherited: new Set(), given: new Set() }
  const names = new Set([...agentBillingVariables, ...billingVariables])
  return { inherited: names, given: capabilities.billing ? names : new Set() }
}

/**
 * Whatever the billing. CLAUDECODE would make an agent believe that it runs inside another one; SALLYPORT_* configure a daemon, and a session that inherited the
 * path of another daemon's socket would talk to that one.
 */
export const isAlwaysRemoved = (name: string): boolean => name === 'CLAUDECODE' || name.startsWith('SALLYPORT_')
