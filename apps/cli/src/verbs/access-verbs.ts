import type { Command } from 'commander'
import type { Run } from '../program.ts'
import { addAuthVerbs } from './auth-verbs.ts'
import { example } from './example.ts'

export const addAccessVerbs = (program: Command, run: Run): void => {
  program
    .command('open')
    .description('sign a browser in and show the sessions, or one of them')
    .argument('[session]', 'id, unique prefix of it, or name')
    .option('--print', 'print the link only')
    .action((ref, options) => run(async (cli) => (await import('../commands/open.ts')).open(cli, ref, options)))

  example(program.command('password'), 'sallyport password | wl-copy')
    .description('print the setup password, or the one of this run (auth.mode: ephemeral)')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/password.ts')).password(cli, options)))

  addAuthVerbs(program.command('auth').description('accounts and signed-in browsers'), run)

  program
    .command('audit')
    .description('show who did what, newest first')
    .option('--limit <count>', 'how many rows (default 100)')
    .option('--session <id>', 'about this session only')
    .option('--since <time>', 'from then on: 10m, 2h, or ISO 8601')
    .option('--actor <name>', 'by this actor only')
    .option('--event <name>', 'of this kind only, such as session.started')
    .option('--json', 'one row a line')
    .action((options) => run(async (cli) => (await import('../commands/audit.ts')).audit(cli, options)))
}
