import { CommanderError } from 'commander'
import type { Cli } from './cli.ts'
import { EXIT, EXIT_OWN_FAILURE } from './exit-code.ts'
import { isClosedPipe, reportFailure } from './output/report-failure.ts'
import { createProgram } from './program.ts'
import { dataDirOf, targetOf } from './target.ts'

/** Flags before `--`; what follows belongs to somebody else's command. */
const ownWords = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

/** A flag with a typo (`--vra=K=secret`) is named without its value, which ends up in the logs of scripts. */
const withoutValue = (message: string): string =>
  message.replace(/(unknown (?:option|command) '[^=']*)=[\s\S]*'/, "$1'")

const childVerbs = new Set(['exec', 'wait'])

/** Runs one command line. Resolves with its exit code, or undefined when the process has become the daemon and has its own. */
export const runCli = async (
  argv: readonly string[],
  surroundings: Omit<Cli, 'target'>,
): Promise<number | undefined> => {
  const words = ownWords(argv)
  const json = words.includes('--json')
  const childVerb = childVerbs.has(words.find((word) => !word.startsWith('-')) ?? '')
  let exit: number | undefined = EXIT.ok
  let dataDir = targetOf(surroundings.environment, undefined).dataDir
  const program = createProgram({
    version: surroundings.version,
    cliFor: (flag) => {
      const cli: Cli = { ...surroundings, target: targetOf(surroundings.environment, flag) }
      dataDir = flag === undefined ? cli.target.dataDir : dataDirOf(surroundings.environment, flag)
      return cli
    },
    finished: (code) => {
      exit = code
    },
    output: {
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => {
        if (!json) surroundings.stderr.write(withoutValue(text))
      },
    },
  })
  // Somebody who stops reading is no failure; the write that finds out ends the verb.
  surroundings.stdout.on('error', (error: Error) => {
    if (!isClosedPipe(error)) throw error
  })
  if (argv.length === 0) {
    program.outputHelp()
    return EXIT.ok
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were asked for. Help shown because a verb is missing was not.
      if (error.exitCode === 0) return EXIT.ok
      if (json) {
        const message = withoutValue(error.message.replace(/^error: /, ''))
        surroundings.stdout.write(`${JSON.stringify({ schemaVersion: 1, error: { code: 'bad_request', message } })}\n`)
      }
      return childVerb ? EXIT_OWN_FAILURE : EXIT.usage
    }
    const { stdout, stderr } = surroundings
    return reportFailure(error, { dataDir, json, childVerb, stdout, stderr })
  }
}
