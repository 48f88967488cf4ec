import { keyBytes, keyNames } from '@sallyport/contract/keys'
import { WRITE_MAX_BYTES } from '@sallyport/contract/wire-limits'
import type { Cli } from '../cli.ts'
import { withDaemon } from '../daemon-connection.ts'
import { EXIT, usageError } from '../exit-code.ts'

async function* pieces(data: Buffer | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of Buffer.isBuffer(data) ? [data] : data) {
    for (let at = 0; at < chunk.length; at += WRITE_MAX_BYTES) yield chunk.subarray(at, at + WRITE_MAX_BYTES)
  }
}

/** Types text; `-` is stdin, whatever it holds. */
export const send = (
  cli: Cli,
  ref: string,
  words: readonly string[],
  options: { readonly enter?: boolean },
): Promise<number> =>
  withDaemon(cli, async (client) => {
    const fromStdin = words.length === 1 && words[0] === '-'
    const data = fromStdin ? (cli.stdin as AsyncIterable<Buffer>) : Buffer.from(words.join(' '))
    for await (const piece of pieces(data)) {
      await client.session.write.mutate({ session: ref, data: new Uint8Array(piece) })
    }
    if (options.enter !== false) await client.session.write.mutate({ session: ref, data: new Uint8Array([0x0d]) })
    return EXIT.ok
  })

/** Presses keys such as `ctrl+c enter up`; the daemon knows which form of the arrows the program wants. */
export const keys = (cli: Cli, ref: string, names: readonly string[]): Promise<number> => {
  const wrong = names.find((name) => keyBytes(name) === undefined)
  if (wrong !== undefined) {
    throw usageError(
      `'${wrong}' is not a key`,
      `keys: single characters, ctrl+<key>, alt+<key>, ${keyNames.join(', ')}`,
    )
  }
  return withDaemon(cli, async (client) => {
    await client.session.keys.mutate({ session: ref, keys: [...names] })
    return EXIT.ok
  })
}
