import { Secret } from '@sallyport/crypto/secret'
import { findCredential, GivenFileError, readGivenFile } from '../master-key/given-file.ts'
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

const readPasswordFile = async (origin: string, path: string, environment: Environment): Promise<string> => {
  const fail = (why: string): never => {
    throw new ConfigError([`${origin}: ${path} ${why}`])
  }
  const credentialsDirectory = environment[processVariables.credentials]
  const bytes = await readGivenFile({ path, maxBytes: MAX_BYTES, credentialsDirectory }).catch((error: unknown) => {
    if (error instanceof GivenFileError) return fail(error.message)
    throw error
  })
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.replace(/\r?\n$/, '')
  } catch {
    return fail('is not UTF-8 text')
  } finally {
    bytes.fill(0)
  }
}

const placesOf = async (environment: Environment): Promise<readonly Place[]> => {
  const { password, passwordFile, credentials } = processVariables
  const places: Place[] = []
  const [direct, file, directory] = [environment[password], environment[passwordFile], environment[credentials]]
  if (direct !== undefined) places.push({ origin: password, read: async () => direct })
  if (file !== undefined)
    places.push({ origin: passwordFile, read: () => readPasswordFile(passwordFile, file, environment) })
  const credential = await findCredential(directory, CREDENTIAL)
  // A variable that names the credential itself is one place, not two.
  if (credential !== undefined && file !== credential) {
    const origin = `$${credentials}/${CREDENTIAL}`
    places.push({ origin, read: () => readPasswordFile(origin, credential, environment) })
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
