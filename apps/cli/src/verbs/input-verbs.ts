import type { Command } from 'commander'
import type { Run } from '../program.ts'

export const addInputVerbs = (program: Command, run: Run): void => {
  program
    .command('send')
    .description('type text into a session, and press Enter')
    .argument('<session>', 'id, unique prefix of it, or name')
    .argument('<text...>', 'the text; - reads stdin')
    .option('--no-enter', 'do not press Enter')
    .action((ref, words, options) =>
      run(async (cli) => (await import('../commands/type.ts')).send(cli, ref, words, options)),
    )

  program
    .command('keys')
    .description('press keys in a session, such as ctrl+c enter up')
    .argument('<session>', 'id, unique prefix of it, or name')
    .argument('<key...>')
    .action((ref, names) => run(async (cli) => (await import('../commands/type.ts')).keys(cli, ref, names)))

  program
    .command('stop')
    .description('end a session: SIGTERM, and SIGKILL after ten seconds')
    .argument('<session>', 'id, unique prefix of it, or name')
    .action((ref) => run(async (cli) => (await import('../commands/control.ts')).stop(cli, ref)))

  program
    .command('kill')
    .description('end a session with SIGKILL')
    .argument('<session>', 'id, unique prefix of it, or name')
    .action((ref) => run(async (cli) => (await import('../commands/control.ts')).kill(cli, ref)))

  program
    .command('rm')
    .description('remove ended sessions and their output')
    .argument('[session...]', 'ids, unique prefixes of them, or names')
    .option('--force', 'end it first when it is running')
    .option('--ended', 'all that have ended')
    .action((refs, options) => run(async (cli) => (await import('../commands/control.ts')).remove(cli, refs, options)))

  program
    .command('rename')
    .description('give a session another name')
    .argument('<session>', 'id, unique prefix of it, or name')
    .argument('<name>')
    .action((ref, name) => run(async (cli) => (await import('../commands/control.ts')).rename(cli, ref, name)))

  program
    .command('resize')
    .description('set the size of a session, such as 120x40')
    .argument('<session>', 'id, unique prefix of it, or name')
    .argument('<size>', 'columns x lines')
    .action((ref, size) => run(async (cli) => (await import('../commands/control.ts')).resize(cli, ref, size)))
}
