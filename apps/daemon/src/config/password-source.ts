import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { Secret } from '@sallyport/crypto/secret'
import { ConfigError } from './config-error.ts'
import { type Environment, processVariables } from './environment.ts'

/** Where the password of mode `password` may stand (A1), for sentences. */
export const passwordPlaces =
  'put it into a file of mode 0600 and its path into SALLYPORT_PASSWORD_FILE, into the systemd credential sallyport-password, or into SALLYPORT_PASSWORD'

const CREDENTIAL = 'sallyport-password'
/** More than the longest password, in any encoding; a file that is longer was named by mistake. */
const MAX_BYTES = 16 * 1024
const MIN_LENGTH = 8
const GOOD_LENGTH = 15

export interface FoundPassword {
  readonly password: Secret<string>
  /** The variable or credential that it came from. */
  readonly origin: string
  /** A sentence about a password that may be used and had better be longer. */
  readonly warning: string | null
}

interface Place {
  readonly origin: string
  readonly read: () => Promise<string>
}

const mode = (bits: number): string => (bits & 0o777).toString(8).padStart(4, '0')

/** Why a file must not be taken, or null. `isCredential`: systemd made it, 0400 or 0440, for the service alone and possibly as root's. */
const fileProblem = async (file: FileHandle, isCredential: boolean): Promise<string | null> => {
  const stats = await file.stat()
  if (!stats.isFile()) return 'is not a file'
  if (stats.size > MAX_BYTES) return 'is too long to hold a password'
  const own = process.getuid?.()
  if (stats.uid !== own && !(isCredential && stats.uid === 0))
    return `belongs to uid ${stats.uid}, not to you: its owner knows what is in it`
  if ((stats.mode & (isCredential ? 0o027 : 0o077)) !== 0)
    return `is open to other users (mode ${mode(stats.mode)}): they may have read it; choose a new password, and run: chmod 600`
  return null
}

/**
 * Whether systemd put it there: below a real directory that only root or we can have made and nobody else can write. A variable alone proves nothing, it could say
 * `CREDENTIALS_DIRECTORY=/`.
 */
const isCredentialFile = async (path: string, directory: string | undefined): Promise<boolean> => {
  if (directory === undefined || !isAbsolute(directory)) return false
  const stats = await lstat(directory).catch(() => undefined)
  if (stats === undefined || !stats.isDirectory() || (stats.mode & 0o027) !== 0) return false
  if (stats.uid !== 0 && stats.uid !== process.getuid?.()) return false
  const [file, parent] = await Promise.all([realpath(path), realpath(directory)])
  return dirname(file) === parent
}

const readPasswordFile = async (origin: string, path: string, environment: Environment): Promise<string> => {
  const fail = (why: string): never => {
    throw new ConfigError([`${origin}: ${path} ${why}`])
  }
  // Not O_NOFOLLOW: the owner chose the path, and what counts is the file that it leads to. O_NONBLOCK: a fifo must not hold up the start.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) =>
    fail(`cannot be read (${error.code})`),
  )
  try {
    const problem = await fileProblem(file, await isCredentialFile(path, environment[processVariables.credentials]))
    if (problem !== null) fail(problem.endsWith('chmod 600') ? `${problem} ${path}` : problem)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.readFile())
    return text.replace(/\r?\n$/, '')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') fail('is not UTF-8 text')
    throw error
  } finally {
    await file.close()
  }
}

const placesOf = async (environment: Environment): Promise<readonly Place[]> => {
  const { password, passwordFile, credentials } = processVariables
  const places: Place[] = []
  const [direct, file, directory] = [environment[password], environment[passwordFile], environment[credentials]]
  if (direct !== undefined) places.push({ origin: password, read: async () => direct })
  if (file !== undefined)
    places.push({ origin: passwordFile, read: () => readPasswordFile(passwordFile, file, environment) })
  if (directory !== undefined && isAbsolute(directory)) {
    const path = join(directory, CREDENTIAL)
    const origin = `$${credentials}/${CREDENTIAL}`
    // A variable that names the credential itself is one place, not two.
    const exists = await lstat(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
    )
    if (exists && file !== path) places.push({ origin, read: () => readPasswordFile(origin, path, environment) })
  }
  return places
}

/**
 * The password of mode `password`, from the one place where it stands; null when there is none. The value is in no message.
 * @throws ConfigError two places, a file that others may read, a password that is too short or too common
 */
export const readPassword = async (environment: Environment): Promise<FoundPassword | null> => {
  const [place, ...others] = await placesOf(environment)
  if (place === undefined) return null
  if (others.length > 0) {
    const names = [place, ...others].map(({ origin }) => origin)
    throw new ConfigError([`${names.join(' and ')} both give a password; keep one of them`])
  }
  const password = await place.read()
  // With its list of common passwords: loaded only when there is a password to look up.
  const { normalisePassword, passwordProblem } = await import('@sallyport/contract/password-rules')
  const problem = passwordProblem({ password, minLength: MIN_LENGTH, forbidden: ['owner'] })
  if (problem !== null) throw new ConfigError([`${place.origin}: ${problem}`])
  return {
    password: new Secret(normalisePassword(password)),
    origin: place.origin,
    warning:
      passwordProblem({ password, minLength: GOOD_LENGTH }) === null
        ? null
        : `the password of ${place.origin} has fewer than ${GOOD_LENGTH} characters; use a longer one, or turn on a second factor in the settings`,
  }
}
