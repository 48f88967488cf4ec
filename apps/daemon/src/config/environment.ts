/** Names and values as the process was started with them. */
export type Environment = Readonly<Record<string, string>>

/** Keys that say how the daemon itself is started, beside those of the configuration. */
export const processVariables = {
  untestedPlatform: 'SALLYPORT_UNTESTED_PLATFORM',
  configDirectory: 'SALLYPORT_CONFIG_DIR',
  /** Mode `password` (A1). */
  password: 'SALLYPORT_PASSWORD',
  passwordFile: 'SALLYPORT_PASSWORD_FILE',
  /** A file with the master key of env sets (E2). */
  masterKeyFile: 'SALLYPORT_MASTER_KEY_FILE',
  /** systemd's, where its credentials are. */
  credentials: 'CREDENTIALS_DIRECTORY',
  /** What sign-ins of mode `password` are bound to, instead of machine, host name, user and data dir (A8). */
  installId: 'SALLYPORT_INSTALL_ID',
  /** Set in every session (S1), so a daemon that is started inside one must not complain about them. */
  socket: 'SALLYPORT_SOCKET',
  session: 'SALLYPORT_SESSION',
  envSetNames: 'SALLYPORT_ENV_SET_NAMES',
} as const

/** Removed from the process's own environment when it is read: no library and no child of ours, however it is started, finds them there. */
const secretVariables: readonly string[] = [
  processVariables.password,
  processVariables.passwordFile,
  processVariables.masterKeyFile,
  processVariables.credentials,
]

/** The one place where the daemon reads its environment; everything else gets it handed over. A second call finds no secrets any more. */
export const readEnvironment = (): Environment => {
  const environment: Record<string, string> = {}
  // biome-ignore lint/style/noProcessEnv: the one door of the daemon to its environment
  const own = process.env
  for (const [name, value] of Object.entries(own)) if (value !== undefined) environment[name] = value
  for (const name of secretVariables) delete own[name]
  return environment
}

/**
 * What the keeper is started with (W5): enough to find programs and a home, no password, no key, no SALLYPORT_* and nothing that changes how node runs
 * (NODE_OPTIONS could load foreign code into the process that owns every terminal).
 */
const keeperNames = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'])

export const keeperEnvironment = (environment: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => keeperNames.has(name) || name.startsWith('LC_') || name === processVariables.untestedPlatform,
    ),
  )
