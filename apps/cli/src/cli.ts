import type { Environment } from './environment.ts'
import type { Target } from './target.ts'

/** What every verb works with. */
export interface Cli {
  readonly environment: Environment
  readonly target: Target
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream & { readonly fd: number }
  readonly stderr: NodeJS.WriteStream & { readonly fd: number }
  readonly version: string
  /** Entry of the bundled daemon, beside the bundled CLI. */
  readonly daemonMain: URL
}
