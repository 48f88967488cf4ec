import { homedir } from 'node:os'

/** Everything that the CLI takes from its environment, read once and nowhere else. */
export interface Environment {
  /** SALLYPORT_SOCKET: set inside every session, so that the CLI there reaches the daemon that runs it. */
  readonly socketPath: string | undefined
  readonly dataDir: string | undefined
  readonly home: string
  /** https://no-color.org: any value but the empty one. */
  readonly noColor: boolean
  readonly detachKeys: string | undefined
  readonly hasDisplay: boolean
  /** What a secret can be piped into; undefined where there is no clipboard, as over ssh. */
  readonly clipboardCommand: string | undefined
  /** All of it: `start` passes a part on to the session. */
  readonly variables: Readonly<Record<string, string | undefined>>
}

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

const clipboardCommandOf = (variables: Environment['variables']): string | undefined => {
  if (process.platform === 'darwin') return 'pbcopy'
  if (nonEmpty(variables.WAYLAND_DISPLAY) !== undefined) return 'wl-copy'
  return nonEmpty(variables.DISPLAY) === undefined ? undefined : 'xclip -selection clipboard'
}

export const readEnvironment = (): Environment => {
  // biome-ignore lint/style/noProcessEnv: the CLI's one door to its environment
  const variables = process.env
  return {
    socketPath: nonEmpty(variables.SALLYPORT_SOCKET),
    dataDir: nonEmpty(variables.SALLYPORT_DATA_DIR),
    home: homedir(),
    noColor: nonEmpty(variables.NO_COLOR) !== undefined,
    detachKeys: nonEmpty(variables.SALLYPORT_DETACH_KEYS),
    hasDisplay:
      process.platform === 'darwin' ||
      nonEmpty(variables.DISPLAY) !== undefined ||
      nonEmpty(variables.WAYLAND_DISPLAY) !== undefined,
    clipboardCommand: clipboardCommandOf(variables),
    variables,
  }
}
