import type { Command } from 'commander'
import type { Run } from '../program.ts'
import { example } from './example.ts'

const withUser = (command: Command): Command => command.option('--user <name>', 'whose account (default: the only one)')

export const addAuthVerbs = (auth: Command, run: Run): void => {
  example(auth.command('status'), 'sallyport auth status')
    .description('show how people sign in, and who is kept out')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/auth-status.ts')).authStatus(cli, options)))
  example(auth.command('sessions'), 'sallyport auth sessions')
    .description('list signed-in browsers')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/auth.ts')).authSessions(cli, options)))
  example(auth.command('revoke'), 'sallyport auth revoke k3f9')
    .description('sign one browser out')
    .argument('<id>', 'id, or unique prefix of it')
    .action((id) => run(async (cli) => (await import('../commands/auth.ts')).revoke(cli, id)))
  example(auth.command('revoke-all'), 'sallyport auth revoke-all')
    .description('sign every browser out')
    .action(() => run(async (cli) => (await import('../commands/auth.ts')).revokeAll(cli)))

  withUser(example(auth.command('reset-password'), 'sallyport auth reset-password --generate | wl-copy'))
    .description('set a new password: asked for, or one line of standard input; the second factor stays')
    .option('--generate', 'make one and print it')
    // A password typed here is refused with a reason, by the verb.
    .allowExcessArguments()
    .action((options, command) =>
      run(async (cli) => (await import('../commands/reset-password.ts')).resetPassword(cli, command.args, options)),
    )
  withUser(example(auth.command('reset-mfa'), 'sallyport auth reset-mfa --yes'))
    .description('take a lost second factor away; the next sign-in sets up a new one')
    .option('--yes', 'do not ask')
    .action((options) => run(async (cli) => (await import('../commands/reset-mfa.ts')).resetMfa(cli, options)))
  withUser(example(auth.command('unlock'), 'sallyport auth unlock'))
    .description('open sign-in again that too many wrong passwords have closed')
    .action((options) => run(async (cli) => (await import('../commands/auth.ts')).unlock(cli, options)))
}
