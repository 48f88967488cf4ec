import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

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
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-cli-'))
    cpSync(fileURLToPath(new URL('../../bin', import.meta.url)), join(directory, 'bin'), { recursive: true })
    cpSync(fileURLToPath(new URL('../../package.json', import.meta.url)), join(directory, 'package.json'))
    const build = await rolldown({
      input: fileURLToPath(new URL('../main.ts', import.meta.url)),
      platform: 'node',
      external: [...builtinModules, /^node:/, 'koffi', /^@koromix\//],
      transform: { target: 'node20.19', define: { __SALLYPORT_VERSION__: '"9.8.7"' } },
      logLevel: 'silent',
    })
    await build.write({
      dir: join(directory, 'dist/cli'),
      format: 'esm',
      entryFileNames: 'main.js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      banner:
        "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    })
    await build.close()
    return new BuiltCli(directory)
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
