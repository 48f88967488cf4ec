import type { Cli } from '../cli.ts'

/** Resolves when the stream has taken it: nothing piles up in front of a slow pipe. */
export const write = (stream: NodeJS.WritableStream, data: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(data, (error) => (error === null || error === undefined ? resolve() : reject(error)))
  })

export const printLine = (cli: Cli, line: string): Promise<void> => write(cli.stdout, `${line}\n`)

export const printMessage = (cli: Cli, line: string): Promise<void> => write(cli.stderr, `${line}\n`)

/** SPEC K2: every JSON answer begins with the version of its schema. */
export const printJson = (cli: Cli, fields: Readonly<Record<string, unknown>>): Promise<void> =>
  printLine(cli, JSON.stringify({ schemaVersion: 1, ...fields }))
