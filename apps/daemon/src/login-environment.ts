import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { userInfo } from 'node:os'

export interface OsUser {
  readonly name: string
  readonly home: string
  readonly shell: string
}

export interface LoginEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** A sentence when the login shell could not be asked. */
  readonly problem: string | null
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 1024 * 1024
const FALLBACK_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Missing, or not for us: either way it cannot be somebody's shell.
    return false
  }
}

export const readOsUser = (): OsUser => {
  const { username, homedir, shell } = userInfo()
  return { name: username, home: homedir, shell: shell !== null && isExecutable(shell) ? shell : '/bin/sh' }
}

const minimal = (user: OsUser): Record<string, string> => ({
  PATH: FALLBACK_PATH,
  HOME: user.home,
  USER: user.name,
  LOGNAME: user.name,
  SHELL: user.shell,
  LANG: 'C.UTF-8',
})

/** Profiles print banners; what stands between two marks that nobody can guess is ours. */
const between = (output: Buffer, mark: string): Buffer | undefined => {
  const start = output.indexOf(mark)
  const end = output.indexOf(mark, start + mark.length)
  return start === -1 || end === -1 ? undefined : output.subarray(start + mark.length, end)
}

const parse = (bytes: Buffer): Record<string, string> => {
  const variables: Record<string, string> = {}
  for (const entry of bytes.toString('utf8').split('\0')) {
    const equals = entry.indexOf('=')
    const name = entry.slice(0, equals)
    // Exported shell functions (BASH_FUNC_x%%) and the shell's own bookkeeping are not somebody's environment; ours never travels.
    if (
      !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ||
      ['_', 'SHLVL', 'PWD', 'OLDPWD'].includes(name) ||
      name.startsWith('SALLYPORT_')
    )
      continue
    variables[name] = entry.slice(equals + 1)
  }
  return variables
}

export interface LoginShellOptions {
  readonly user: OsUser
  /** Appears in the output around the answer; random. */
  readonly mark: string
  readonly timeoutMs?: number
}

/**
 * The environment that a login shell of `user` has (S1), for sessions started from the web. It starts from nothing, so no secret of the daemon's own
 * environment reaches a session. Never rejects: a broken profile must not stop sessions, it becomes a `problem`.
 */
export const readLoginEnvironment = ({
  user,
  mark,
  timeoutMs = TIMEOUT_MS,
}: LoginShellOptions): Promise<LoginEnvironment> =>
  new Promise((resolve) => {
    const fail = (why: string): void =>
      resolve({
        variables: minimal(user),
        problem: `the login shell ${user.shell} ${why}; sessions from the web start with a minimal environment`,
      })
    // Its own process group: a profile that starts something in the background is ended with it. No terminal, so nothing can wait for a key.
    const child = spawn(user.shell, ['-l', '-c', `printf %s '${mark}'; env -0; printf %s '${mark}'`], {
      cwd: user.home,
      env: minimal(user),
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    const chunks: Buffer[] = []
    let received = 0
    const end = (): void => {
      clearTimeout(timer)
      child.stdout.destroy()
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL')
    }
    const timer = setTimeout(() => {
      end()
      fail(`did not answer within ${timeoutMs / 1000} s`)
    }, timeoutMs)
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      received += chunk.length
      const answer = between(Buffer.concat(chunks), mark)
      // The answer is complete before the shell is: a background job of the profile may hold the pipe open for ever.
      if (answer !== undefined) {
        end()
        resolve({ variables: { ...minimal(user), ...parse(answer) }, problem: null })
      } else if (received > MAX_BYTES) {
        end()
        fail('printed too much')
      }
    })
    child.once('error', (error) => {
      clearTimeout(timer)
      fail(`could not be started (${(error as NodeJS.ErrnoException).code})`)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      fail(`ended without an answer (code ${code})`)
    })
  })
