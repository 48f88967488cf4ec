/** Flags of `sallyport daemon` that the daemon's own command line knows (apps/daemon/src/command-line.ts). */
export interface DaemonFlags {
  readonly dataDir?: string | undefined
  readonly config?: string
  readonly host?: string
  readonly port?: string
  /** false for `--no-http`. */
  readonly http?: boolean
}

export const daemonArguments = (flags: DaemonFlags): string[] => [
  ...(flags.dataDir === undefined ? [] : ['--data-dir', flags.dataDir]),
  ...(flags.config === undefined ? [] : ['--config', flags.config]),
  ...(flags.host === undefined ? [] : ['--host', flags.host]),
  ...(flags.port === undefined ? [] : ['--port', flags.port]),
  ...(flags.http === false ? ['--no-http'] : []),
]
