import type { Cli } from '../cli.ts'
import { CliError, EXIT_INTERRUPTED } from '../exit-code.ts'
import { type HiddenLine, HiddenLineReader, type TypedLine } from './hidden-line.ts'
import { enterRawMode } from './raw-terminal.ts'

export type AskHidden = (question: string) => Promise<TypedLine>

const gaveUp = (how: string): CliError => new CliError(EXIT_INTERRUPTED, 'interrupted', `${how}; nothing was changed`)

/**
 * Questions on the terminal whose answers nobody sees: no echo, not even between two of them, and the terminal as before afterwards, whatever happens. The question goes to
 * stderr, so stdout stays for data. An ask rejects when the person gives up or the terminal goes away.
 */
export const withHiddenInput = async <Result>(
  cli: Pick<Cli, 'stdin' | 'stderr'>,
  use: (ask: AskHidden) => Promise<Result>,
): Promise<Result> => {
  const { stdin, stderr } = cli
  const reader = new HiddenLineReader()
  let asking = false
  const terminal = enterRawMode({ stdin, stdout: stderr }, () => (asking ? '\n' : ''))

  const read = (): Promise<HiddenLine> =>
    new Promise((resolve) => {
      const finish = (line: HiddenLine): void => {
        stdin.off('data', typed)
        stdin.off('end', gone)
        stdin.off('error', gone)
        stdin.pause()
        resolve(line)
      }
      const typed = (data: Buffer): void => {
        const line = reader.push(data)
        if (line !== undefined) finish(line)
      }
      // A terminal that was closed ends with an error or without one.
      const gone = (): void => finish({ kind: 'end' })
      stdin.on('data', typed)
      stdin.on('end', gone)
      stdin.on('error', gone)
      // A listener alone does not undo the pause of the question before.
      stdin.resume()
    })

  const ask: AskHidden = async (question) => {
    stderr.write(question)
    asking = true
    const line = reader.next() ?? (await read())
    asking = false
    stderr.write('\n')
    if (line.kind === 'interrupt') throw gaveUp('interrupted')
    if (line.kind === 'end') throw gaveUp('nothing was typed')
    return line
  }

  try {
    return await use(ask)
  } finally {
    terminal.restore()
  }
}
