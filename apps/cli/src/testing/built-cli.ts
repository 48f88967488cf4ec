import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'

export interface CliResult {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliRun {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** The CLI as it is published: bundled, run as a process of its own. */
export class BuiltCli {
  readonly directory: string
  readonly bin: string

  private constructor(directory: string) {
    this.directory = directory
    this.bin = join(directory, 'bin/sallyport.js')
  }

  static async build(): Promise<BuiltCli> {
    const built = new BuiltCli(mkdtempSync(join(tmpdir(), 'sallyport-cli-')))
    await built.#bundle()
    return built
  }

  /** With the daemon and the keeper that it starts, in the layout of the release and below node_modules, where their native packages are. */
  static async buildWithDaemon(): Promise<BuiltCli> {
    const built = new BuiltCli(mkdtempSync(fileURLToPath(new URL('../../node_modules/.cli-test-', import.meta.url))))
    const dist = join(built.directory, 'dist')
    cpSync(fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url)), join(dist, 'prisma/migrations'), {
      recursive: true,
    })
    mkdirSync(join(dist, 'web'), { recursive: true })
    writeFileSync(join(dist, 'web/index.html'), '<!doctype html><title>Sallyport</title>')
    await Promise.all([
      built.#bundle(),
      bundle('../../../daemon/src/main.ts', { directory: join(dist, 'daemon'), name: 'main.js' }),
      bundle('../../../keeper/src/main.ts', { directory: join(dist, 'keeper'), name: 'keeper.js', oneFile: true }),
    ])
    return built
  }

  async #bundle(): Promise<void> {
    cpSync(fileURLToPath(new URL('../../bin', import.meta.url)), join(this.directory, 'bin'), { recursive: true })
    cpSync(fileURLToPath(new URL('../../package.json', import.meta.url)), join(this.directory, 'package.json'))
    await bundle('../main.ts', { directory: join(this.directory, 'dist/cli'), name: 'main.js' })
  }

  async run({ args, env = {}, stdin }: CliRun): Promise<CliResult> {
    const child = spawn(process.execPath, [this.bin, ...args], {
      env: { PATH: '/usr/bin:/bin', HOME: this.directory, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.end(stdin ?? '')
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
    return { exit: code, stdout, stderr }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
