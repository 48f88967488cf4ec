import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface PtyEnd {
  readonly exit: number | null
  readonly signal: number | null
  readonly echo: boolean
  readonly canonical: boolean
}

/** A command on a real PTY of 100×30, driven by a test. */
export class Pty {
  output = ''
  end: PtyEnd | undefined
  readonly #driver: ChildProcessByStdio<Writable, Readable, null>
  #changed: (() => void)[] = []

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const script = fileURLToPath(new URL('./pty-driver.py', import.meta.url))
    this.#driver = spawn('python3', [script, ...command], {
      env: { PATH: '/usr/bin:/bin', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#driver.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as { output: string } | PtyEnd
      if ('output' in event) this.output += event.output
      else this.end = event
      for (const changed of this.#changed.splice(0)) changed()
    })
  }

  #send(command: object): void {
    this.#driver.stdin.write(`${JSON.stringify(command)}\n`)
  }

  type(text: string): void {
    this.#send({ type: text })
  }

  /** Bytes that are no UTF-8, or parts of a character. */
  typeBytes(bytes: Uint8Array): void {
    this.#send({ bytes: [...bytes] })
  }

  /** What a shell does to the terminal of a job that was stopped. */
  echoAgain(): void {
    this.#send({ echo: true })
  }

  /** Closes the terminal. */
  hangUp(): void {
    this.#send({ hangup: true })
  }

  signal(number: number): void {
    this.#send({ signal: number })
  }

  resize(cols: number, rows: number): void {
    this.#send({ resize: [cols, rows] })
  }

  async shows(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.end !== undefined) throw new Error(`ended without showing ${text}: ${this.output}`)
      await new Promise<void>((resolve) => this.#changed.push(resolve))
    }
  }

  async ended(): Promise<PtyEnd> {
    while (this.end === undefined) await new Promise<void>((resolve) => this.#changed.push(resolve))
    return this.end
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#driver.exitCode !== null) return
    if (this.end === undefined) this.signal(9)
    this.#driver.stdin.end()
    await once(this.#driver, 'exit')
  }
}
