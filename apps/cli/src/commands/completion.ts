import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { EXIT, usageError } from '../exit-code.ts'
import { write } from '../output/print.ts'

/** What a shell needs of one command. */
interface Entry {
  /** Words that lead to it, such as `daemon stop`; empty for the program itself. */
  readonly path: string
  readonly description: string
  readonly words: readonly string[]
  readonly options: readonly { readonly long: string; readonly description: string }[]
  /** The verb that lists what may stand there. */
  readonly lister: string | undefined
}

/** By what the first argument is called. */
const listerOf: Readonly<Record<string, string>> = { session: 'list', set: 'env-set list' }

/** Nothing, and quietly, when no daemon runs. */
const namesBy = (lister: string): string => `sallyport ${lister} --quiet 2>/dev/null`

const entriesOf = (command: Command, path: readonly string[] = []): Entry[] => {
  const argument = command.registeredArguments[0]?.name()
  const entry: Entry = {
    path: path.join(' '),
    description: command.description(),
    words: command.commands.flatMap((child) => [child.name(), ...child.aliases()]),
    options: [...command.options, { long: '--help', description: 'show help' }].flatMap(({ long, description }) =>
      typeof long === 'string' ? [{ long, description }] : [],
    ),
    lister: argument === undefined ? undefined : listerOf[argument],
  }
  const children = command.commands.flatMap((child) =>
    [child.name(), ...child.aliases()].flatMap((name) => entriesOf(child, [...path, name])),
  )
  return [entry, ...children]
}

const candidates = (entry: Entry): string => [...entry.words, ...entry.options.map(({ long }) => long)].join(' ')

const bash = (
  entries: readonly Entry[],
): string => `# bash completion for sallyport: eval "$(sallyport completion bash)"
_sallyport() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word index words="" lister=""
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    [[ $word == -- ]] && return
    [[ $word == -* ]] && continue
    case "\${path:+$path }$word" in
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      '${path}') path='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${entries.map((entry) => `    '${entry.path}') words='${candidates(entry)}'${entry.lister === undefined ? '' : ` lister='${entry.lister}'`} ;;`).join('\n')}
  esac
  [[ -n $lister && $current != -* ]] && words="$words $(${namesBy('$lister')})"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _sallyport sallyport
`

const zsh = (entries: readonly Entry[]): string => `#compdef sallyport
# zsh completion for sallyport: eval "$(sallyport completion zsh)"
_sallyport() {
  local path_so_far="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -- ]] && { _default; return }
    [[ $word == -* ]] && continue
    case "\${path_so_far:+$path_so_far }$word" in
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ('${path}') path_so_far='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$path_so_far" in
${entries
  .map(
    (entry) =>
      `    ('${entry.path}') candidates=(${candidates(entry)}${entry.lister === undefined ? '' : ` \${(f)"$(${namesBy(entry.lister)})"}`}) ;;`,
  )
  .join('\n')}
  esac
  compadd -- $candidates
}
compdef _sallyport sallyport
`

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const fish = (entries: readonly Entry[]): string => {
  const lines = entries.flatMap((entry) => {
    const verbs = entry.path.split(' ').filter((word) => word !== '')
    const seen = verbs.map((verb) => `__fish_seen_subcommand_from ${verb}`)
    const untaken = entry.words.length === 0 ? [] : [`not __fish_seen_subcommand_from ${entry.words.join(' ')}`]
    const at = quoted([...seen, ...untaken].join('; and ') || 'true')
    const children = entries.filter(
      ({ path }) =>
        path !== '' &&
        path.split(' ').length === verbs.length + 1 &&
        path.startsWith(verbs.length === 0 ? '' : `${entry.path} `),
    )
    return [
      ...children.map(
        ({ path, description }) =>
          `complete -c sallyport -n ${at} -f -a ${path.split(' ').at(-1)} -d ${quoted(description)}`,
      ),
      ...entry.options.map(
        ({ long, description }) =>
          `complete -c sallyport -n ${at} -l ${long.replace(/^--/, '')} -d ${quoted(description)}`,
      ),
      ...(entry.lister === undefined ? [] : [`complete -c sallyport -n ${at} -f -a '(${namesBy(entry.lister)})'`]),
    ]
  })
  return `# fish completion for sallyport: sallyport completion fish | source\n${lines.join('\n')}\n`
}

const scripts: Readonly<Record<string, (entries: readonly Entry[]) => string>> = { bash, zsh, fish }

/** Made from the command tree, so it cannot fall behind it. */
export const completion = async (cli: Pick<Cli, 'stdout'>, shell: string, program: Command): Promise<number> => {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (script === undefined) throw usageError(`no completion for ${shell}`, 'there is one for bash, zsh and fish')
  await write(cli.stdout, script(entriesOf(program)))
  return EXIT.ok
}
