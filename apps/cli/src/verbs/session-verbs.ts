import type { Command } from 'commander'
import type { Run } from '../program.ts'
import { example } from './example.ts'
import { collect } from './repeatable.ts'

const creating = (command: Command): Command =>
  command
    .option('--name <name>', 'name of the session, unique among live ones')
    .option('-d, --cwd <dir>', 'directory to run in (default: this one)')
    .option('--env <K=V>', 'set a variable, or copy it with --env K; repeatable', collect)
    .option('--inherit-env', 'pass on all of this environment, not only what a shell needs')
    .option('--env-set <set>', 'give it the variables of an env set; repeatable, the later one wins', collect)
    .option('-p, --provider <id>', 'what to start: shell, claude-code, codex, or one of the configuration')
    .option('--billing <kind>', 'who pays for an agent: subscription (default; API keys are taken away) or api')

const detaching = (command: Command): Command =>
  command.option('--detach-keys <keys>', 'keys that detach (SALLYPORT_DETACH_KEYS, default "ctrl+] d")')

export const addSessionVerbs = (program: Command, run: Run): void => {
  example(detaching(creating(program.command('start'))), 'sallyport start --env-set prod -- npm run deploy')
    .description('start a command, or a shell, as a session and return at once')
    .usage('[options] [-- command…]')
    .option('-a, --attach', 'attach to it')
    .option('--json', 'print the session as JSON')
    .argument('[command...]')
    .action((command, options) =>
      run(async (cli) => (await import('../commands/start.ts')).start(cli, command, options)),
    )

  example(creating(program.command('exec')), 'sallyport exec --env-set prod -- npm test')
    .description('run a command as a session, with its output here, and give its exit code')
    .usage('[options] -- command…')
    .argument('<command...>')
    .action((command, options) => run(async (cli) => (await import('../commands/exec.ts')).exec(cli, command, options)))

  program
    .command('list')
    .alias('ls')
    .description('list sessions')
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'print names only')
    .action((options) => run(async (cli) => (await import('../commands/list.ts')).list(cli, options)))

  program
    .command('get')
    .description('show one session')
    .argument('<session>', 'id, unique prefix of it, or name')
    .option('--json', 'print JSON')
    .action((ref, options) => run(async (cli) => (await import('../commands/get.ts')).get(cli, ref, options)))

  detaching(program.command('attach'))
    .description('watch a session on this terminal and type into it')
    .argument('<session>', 'id, unique prefix of it, or name')
    .option('--read-only', 'watch only')
    .action((ref, options) => run(async (cli) => (await import('../commands/attach.ts')).attach(cli, ref, options)))

  program
    .command('logs')
    .description('print what a session printed, oldest first')
    .argument('<session>', 'id, unique prefix of it, or name')
    .option('-f, --follow', 'go on until the session ends')
    .option('-n, --lines <count>', 'the last lines only')
    .option('--since <time>', 'from then on: 10m, 2h, or ISO 8601')
    .option('--until <time>', 'up to then: 10m, 2h, or ISO 8601')
    .option('--plain', 'without any escape sequence (default, except that a terminal gets colours)')
    .option('--raw', 'the exact bytes')
    .option('--json', 'one chunk a line, data in base64')
    .action((ref, options) => run(async (cli) => (await import('../commands/logs.ts')).logs(cli, ref, options)))

  program
    .command('wait')
    .description('wait for a session to end and give its exit code')
    .argument('<session>', 'id, unique prefix of it, or name')
    .action((ref) => run(async (cli) => (await import('../commands/wait.ts')).wait(cli, ref)))
}
