import type { Command } from 'commander'
import type { Run } from '../program.ts'

const configured = (command: Command): Command =>
  command
    .option('--config <file>', 'configuration file (default: config.yaml in the data dir)')
    .option('--host <name>', 'address to serve on')
    .option('--port <number>', 'port to serve on, 0 for any (default 8447)')
    .option('--no-http', 'serve the Unix socket only')

export const addDaemonVerbs = (program: Command, run: Run): void => {
  const dataDir = (): { dataDir?: string } => program.opts()

  const daemon = configured(program.command('daemon'))
    .description('run the daemon in the foreground')
    .option('--detach', 'run it in the background')
    .action((options) =>
      run(async (cli) => (await import('../commands/daemon.ts')).daemon(cli, { ...options, ...dataDir() })),
    )
  daemon
    .command('stop')
    .description('stop the daemon; sessions keep running')
    .option('--all', 'end all sessions too')
    .action((options) => run(async (cli) => (await import('../commands/daemon.ts')).daemonStop(cli, options)))
  daemon
    .command('status')
    .description('show whether and how the daemon runs')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/daemon.ts')).daemonStatus(cli, options)))

  const config = program.command('config').description('show or check the configuration')
  config
    .command('show')
    .description('show every value and where it comes from, secrets masked')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/config.ts')).configShow(cli, options)))
  config
    .command('validate')
    .description('check the configuration without starting anything')
    .option('--config <file>', 'configuration file (default: config.yaml in the data dir)')
    .action((options) =>
      run(async (cli) => (await import('../commands/config.ts')).configValidate(cli, { ...options, ...dataDir() })),
    )

  program
    .command('completion')
    .description('print a completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell) =>
      run(async (cli) => {
        const { completion } = await import('../commands/completion.ts')
        return completion(cli, shell, program)
      }),
    )

  program
    .command('version')
    .description('print the version')
    .option('--json', 'print JSON')
    .action((options) => run(async (cli) => (await import('../commands/version.ts')).version(cli, options)))
}
