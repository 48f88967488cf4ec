import type { AuthMode } from '@sallyport/contract/auth'

export interface GreetingFacts {
  readonly version: string
  readonly url: string | null
  readonly dataDir: string
  readonly mode: AuthMode
  /** `http.host`. */
  readonly host: string
  /** Somebody reads along who has started us, not a journal or a pipe into a file (A4). */
  readonly isTerminal: boolean
  /** The setup password of the first run. */
  readonly setupPassword: string | null
}

const line = (what: string, command: string, why = ''): string =>
  `  ${what.padEnd(13)}${command.padEnd(28)}${why}`.trimEnd()

/** A password stands on a terminal only, and only the setup password, which is used up by the first sign-in. */
const signInLines = ({ mode, isTerminal, setupPassword, url }: GreetingFacts): string[] => {
  const open = line('sign in', 'npx sallyport open')
  if (mode === 'off')
    return [
      '',
      '  SIGN-IN IS OFF: every program and every user of this machine can open the address and use your sessions.',
      '',
      line('open', 'npx sallyport open'),
    ]
  if (setupPassword === null)
    return mode === 'ephemeral'
      ? [open, line('password', 'npx sallyport password', 'a new one at every start')]
      : [open]
  if (!isTerminal) return [line('set up', 'npx sallyport password', 'prints the password for the first sign-in'), open]
  return [
    '',
    `  Nobody can sign in yet. Open ${url} and type this setup password; then choose your own.`,
    '',
    `      ${setupPassword}`,
    '',
    '  It works once, within 24 hours. `npx sallyport password` shows it again.',
    '',
    open,
  ]
}

/** What a start in the foreground prints. */
export const greeting = (facts: GreetingFacts): string => {
  const { version, url, dataDir, host } = facts
  const network = host === 'localhost' ? [] : [line('network', `listening on ${host} too`)]
  return [
    `Sallyport ${version} is running${url === null ? ' on its socket only' : ` at ${url}`}  (data in ${dataDir})`,
    ...(url === null ? [] : [...signInLines(facts), ...network]),
    line('run', 'npx sallyport start -- <command>'),
    line('stop', 'Ctrl+C leaves sessions running; npx sallyport daemon stop --all ends them too'),
    '',
  ].join('\n')
}
