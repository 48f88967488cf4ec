import { readEnvironment } from './environment.ts'
import { runCli } from './run-cli.ts'

/** Replaced by the build (scripts/build.mjs). */
declare const __SALLYPORT_VERSION__: string | undefined

const exit = await runCli(process.argv.slice(2), {
  environment: readEnvironment(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  version: typeof __SALLYPORT_VERSION__ === 'string' ? __SALLYPORT_VERSION__ : '0.0.0-source',
  daemonMain: new URL('../daemon/main.js', import.meta.url),
})
// Not process.exit: what a slow pipe has not taken yet would be cut off.
if (exit !== undefined) process.exitCode = exit
