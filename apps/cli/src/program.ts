import { Command, type OutputConfiguration } from 'commander'
import type { Cli } from './cli.ts'
import { addAccessVerbs } from './verbs/access-verbs.ts'
import { addDaemonVerbs } from './verbs/daemon-verbs.ts'
import { addEnvSetVerbs } from './verbs/env-set-verbs.ts'
import { addInputVerbs } from './verbs/input-verbs.ts'
import { addSessionVerbs } from './verbs/session-verbs.ts'

/** Runs a verb and keeps its exit code; undefined leaves the process its own. */
export type Run = (verb: (cli: Cli) => Promise<number | undefined>) => Promise<void>

export interface ProgramOptions {
  readonly version: string
  readonly cliFor: (dataDir: string | undefined) => Cli
  readonly finished: (exit: number | undefined) => void
  readonly output: OutputConfiguration
}

/**
 * The command tree: names, flags, help. What a verb does is loaded when it runs, so that `--help` and `list` start without the rest.
 */
export const createProgram = (options: ProgramOptions): Command => {
  const program = new Command('sallyport')
  const run: Run = async (verb) => {
    options.finished(await verb(options.cliFor(program.opts<{ dataDir?: string }>().dataDir)))
  }
  program
    .description('Long-lived terminal sessions on your machine, reached by you alone.')
    .version(options.version, '-V, --version')
    .option('--data-dir <dir>', 'where the daemon keeps its data (SALLYPORT_DATA_DIR, default ~/.sallyport)')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    // Before there are verbs: they take it over when they are added.
    .configureOutput(options.output)
  addSessionVerbs(program, run)
  addInputVerbs(program, run)
  addEnvSetVerbs(program, run)
  addDaemonVerbs(program, run)
  addAccessVerbs(program, run)
  for (const command of everyCommand(program)) {
    command.exitOverride().showHelpAfterError(`see: ${pathOf(command)} --help`)
  }
  return program
}

function* everyCommand(command: Command): Generator<Command> {
  yield command
  for (const child of command.commands) yield* everyCommand(child)
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
