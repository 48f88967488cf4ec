import type { Command } from 'commander'
import type { Run } from '../program.ts'
import { example } from './example.ts'
import { collect } from './repeatable.ts'

const SET = 'id, unique prefix of it, or name'

const withSources = (command: Command): Command =>
  command
    .option(
      '--from-stdin <variable>',
      'its value: all of standard input but one newline at the end; asked for on a terminal',
    )
    .option('--exact', 'of standard input, keep that newline too')
    .option('--var-file <file>', 'variables of a dotenv file')
    .option('--from-env <variable>', 'copy it from this environment; repeatable', collect)
    .option('--var <K=V>', 'give it here, where other programs can read it; repeatable', collect)
    .option('--allow-unsafe-name', 'allow names that make programs load code or trust others, such as LD_PRELOAD')
    .addHelpText(
      'after',
      `
A dotenv file has NAME=value lines, after "export" if you like, and comments
after #. Values in '…', "…" or \`…\` may have several lines; in "…" \\n is a
newline. Nothing is expanded. What programs read in different ways, such as #
without quotes or other backslashes in "…", is refused with its line.`,
    )

export const addEnvSetVerbs = (program: Command, run: Run): void => {
  const envSet = program.command('env-set').description('secrets that sessions get as environment variables')
  const list = () => import('../commands/env-set-list.ts')
  const change = () => import('../commands/env-set-change.ts')
  const keys = () => import('../commands/env-set-keys.ts')

  example(
    withSources(envSet.command('create').requiredOption('--name <name>', 'what it is called')),
    'pass show api-token | sallyport env-set create --name prod --from-stdin API_TOKEN',
  )
    .description('make an env set; without variables, an empty one')
    .action((options) => run(async (cli) => (await change()).envSetCreate(cli, options)))
  example(envSet.command('list').alias('ls'), 'sallyport env-set list')
    .description('list env sets, without values')
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'print names only')
    .action((options) => run(async (cli) => (await list()).envSetList(cli, options)))
  example(envSet.command('get'), 'sallyport env-set get prod')
    .description('show the variables of an env set, without values')
    .argument('<set>', SET)
    .option('--json', 'print JSON')
    .action((ref, options) => run(async (cli) => (await list()).envSetGet(cli, ref, options)))
  example(withSources(envSet.command('set')), 'sallyport env-set set prod --var-file .env.production')
    .description('add variables, or replace their values: all or none')
    .argument('<set>', SET)
    .action((ref, options) => run(async (cli) => (await change()).envSetSet(cli, ref, options)))
  example(envSet.command('unset'), 'sallyport env-set unset prod API_TOKEN')
    .description('remove variables: all or none')
    .argument('<set>', SET)
    .argument('<variable...>')
    .action((ref, names) => run(async (cli) => (await change()).envSetUnset(cli, ref, names)))
  example(envSet.command('rename'), 'sallyport env-set rename prod production')
    .description('give an env set another name')
    .argument('<set>', SET)
    .argument('<name>')
    .action((ref, name) => run(async (cli) => (await change()).envSetRename(cli, ref, name)))
  example(envSet.command('delete').alias('rm'), 'sallyport env-set delete staging')
    .description('delete an env set; when live sessions use it, only after its name was typed')
    .argument('<set>', SET)
    .option('--force', 'do not ask')
    .action((ref, options) => run(async (cli) => (await change()).envSetDelete(cli, ref, options)))
  example(envSet.command('usage'), 'sallyport env-set usage prod')
    .description('list the sessions that were started with an env set')
    .argument('<set>', SET)
    .option('--json', 'print JSON')
    .action((ref, options) => run(async (cli) => (await list()).envSetUsage(cli, ref, options)))
  example(envSet.command('reveal'), 'sallyport env-set reveal prod API_TOKEN | wl-copy')
    .description('print one value; the audit log says that you did')
    .argument('<set>', SET)
    .argument('<variable>')
    .option('--exact', 'without a newline after it')
    .action((ref, name, options) => run(async (cli) => (await keys()).envSetReveal(cli, ref, name, options)))
  example(envSet.command('rotate'), 'sallyport env-set rotate')
    .description('seal every value of every env set under a new key')
    .action(() => run(async (cli) => (await keys()).envSetRotate(cli)))

  example(program.command('unlock'), 'sallyport unlock')
    .description('give the passphrase of the env sets: asked for, or one line of standard input')
    .action(() => run(async (cli) => (await keys()).unlock(cli)))
}
