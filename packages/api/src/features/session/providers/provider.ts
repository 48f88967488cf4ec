import type { SessionProvider } from '@sallyport/contract/session'

/** What a session can be started as (S7). */
export interface Provider extends Pick<SessionProvider, 'id' | 'title' | 'command' | 'installHint' | 'capabilities'> {
  /** Variables through which its program is paid for by API, beside those of S7 that no session inherits. */
  readonly billingVariables: readonly string[]
}

/** `providers.<id>` of the configuration. */
export interface DeclaredProvider {
  readonly id: string
  readonly title: string
  /** argv, never empty. */
  readonly command: readonly string[]
  /** Removed when the subscription is billed; with none, billing makes no difference to it. */
  readonly envRemove: readonly string[]
}

const none = { hooks: false, resume: false, billing: false } as const
const agent = { hooks: true, resume: true, billing: true } as const

/** `capabilities` are those of the programs, whether or not Sallyport makes use of them. */
export const builtInProviders: readonly Provider[] = [
  // Its command is the login shell of the account.
  { id: 'shell', title: 'Login shell', command: [], installHint: null, capabilities: none, billingVariables: [] },
  { id: 'command', title: 'Command', command: [], installHint: null, capabilities: none, billingVariables: [] },
  {
    id: 'claude-code',
    title: 'Claude Code',
    command: ['claude'],
    installHint: 'npm i -g @anthropic-ai/claude-code',
    capabilities: agent,
    billingVariables: [],
  },
  {
    id: 'codex',
    title: 'Codex',
    command: ['codex'],
    installHint: 'npm i -g @openai/codex',
    capabilities: agent,
    billingVariables: ['OPENAI_API_KEY'],
  },
]
