import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuiltCli, CliResult } from './built-cli.ts'
import { Pty } from './pty.ts'

/** A daemon of the build with a data dir of its own, started and spoken to as a user does. */
export class RealDaemon {
  readonly dataDir: string
  /** What `daemon --detach` said. */
  readonly started: CliResult
  readonly #built: BuiltCli
  readonly #home: string
  readonly #env: Readonly<Record<string, string>>

  private constructor(built: BuiltCli, home: string, env: Readonly<Record<string, string>>, started: CliResult) {
    this.dataDir = env.SALLYPORT_DATA_DIR ?? ''
    this.started = started
    this.#built = built
    this.#home = home
    this.#env = env
  }

  /** `variables`: of the daemon, such as SALLYPORT_AUTH_MODE. */
  static async start(built: BuiltCli, variables: Readonly<Record<string, string>> = {}): Promise<RealDaemon> {
    const home = mkdtempSync(join(tmpdir(), 'sallyport-cli-daemon-'))
    const env = { SALLYPORT_DATA_DIR: join(home, 'data'), SALLYPORT_CONFIG_DIR: join(home, 'config'), SHELL: '/bin/sh' }
    const started = await built.run({ args: ['daemon', '--detach', '--port', '0'], env: { ...env, ...variables } })
    if (started.exit !== 0) {
      rmSync(home, { recursive: true })
      throw new Error(started.stderr)
    }
    return new RealDaemon(built, home, env, started)
  }

  /** Stops it and starts it again on the same data dir. */
  async restart(variables: Readonly<Record<string, string>> = {}): Promise<void> {
    const stopped = await this.run(['daemon', 'stop'])
    if (stopped.exit !== 0) throw new Error(stopped.stderr)
    const args = ['daemon', '--detach', '--port', '0']
    const started = await this.#built.run({ args, env: { ...this.#env, ...variables } })
    if (started.exit !== 0) throw new Error(started.stderr)
  }

  run(args: readonly string[], stdin?: string): Promise<CliResult> {
    return this.#built.run({ args, env: this.#env, ...(stdin === undefined ? {} : { stdin }) })
  }

  /** A verb in a terminal of its own. */
  pty(args: readonly string[], env: Readonly<Record<string, string>> = {}): Pty {
    return new Pty([process.execPath, this.#built.bin, ...args], { ...this.#env, ...env })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = await this.run(['daemon', 'stop', '--all'])
    rmSync(this.#home, { recursive: true, force: true })
    if (stopped.exit !== 0) throw new Error(stopped.stderr)
  }
}
