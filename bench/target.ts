/** A server under measurement. Each target runs one program per session and shows it to any number of viewers. */
export interface Target {
  readonly name: string
  /** Starts a session; the program's terminal is raw and does not echo. */
  run(program: readonly string[]): Promise<TargetSession>
  stop(): Promise<void>
}

export interface TargetSession {
  /** Processes whose CPU time and memory count: all that the server needs, not the program. */
  readonly pids: readonly number[]
  connect(onBytes: (bytes: Uint8Array) => void): Promise<Viewer>
  end(): Promise<void>
}

export interface Viewer {
  write(bytes: Uint8Array): void
  /** Stops and resumes reading from the connection, as a viewer on a dead link would. */
  pause(): void
  resume(): void
  close(): void
}
