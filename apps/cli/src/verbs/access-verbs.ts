import type { Command } from 'commander'
import type { Run } from '../program.ts'

export const addAccessVerbs = (program: Command, run: Run): void => {
  program
    .command('open')
    .description('sign a browser in and show the sessions, or one of them')
    .argument('[session]', 'id, unique prefix of it, or name')
    .option('--print', 'print the link only')
    .action((ref, options) => run(async (cli) => (await import('../commands/open.ts')).open(cli, ref, options)))

  const auth = program.command('auth').description('signed-in browsers')
  auth
    .command('sessions')
    .description('list signed-in browsers')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/auth.ts')).authSessions(cli, options)))
  auth
    .command('revoke')
    .description('sign one browser out')
    .argument('<id>', 'id, or unique prefix of it')
    .action((id) => run(async (cli) => (await import('../commands/auth.ts')).revoke(cli, id)))
  auth
    .command('revoke-all')
    .description('sign every browser out')
    .action(() => run(async (cli) => (await import('../commands/auth.ts')).revokeAll(cli)))

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
