import { resolve } from 'node:path'
import { type Environment, processVariables } from '../config/environment.ts'
import { findCredential, GivenFileError, readGivenFile } from './given-file.ts'
import { type KeySource, KeySourceError } from './key-source.ts'
import { KEY_TEXT_MAX_BYTES, KeyTextError, parseKeyText } from './key-text.ts'

const CREDENTIAL = 'sallyport-master-key'

/** A file with the master key that is the owner's, or systemd's. */
export interface GivenKey {
  /** The variable or credential that names it. */
  readonly origin: string
  readonly path: string
  readonly isCredential: boolean
  readonly credentialsDirectory: string | undefined
}

/** The first two places of E2, in their order. What is there counts, also when it then turns out to be unusable: another key would open nothing. */
export const findGivenKey = async (environment: Environment): Promise<GivenKey | undefined> => {
  const credentialsDirectory = environment[processVariables.credentials]
  const credential = await findCredential(credentialsDirectory, CREDENTIAL)
  if (credential !== undefined)
    return {
      origin: `$${processVariables.credentials}/${CREDENTIAL}`,
      path: credential,
      isCredential: true,
      credentialsDirectory,
    }
  const path = environment[processVariables.masterKeyFile]
  return path === undefined
    ? undefined
    : { origin: processVariables.masterKeyFile, path: resolve(path), isCredential: false, credentialsDirectory }
}

const howToRotate = ({ origin, path, isCredential }: GivenKey): string => {
  const again = isCredential
    ? 'restart the daemon (systemd reads credentials at the start), then run: sallyport env-set rotate'
    : 'then run this again'
  return `the master key comes from ${origin}, which Sallyport only reads: put a new key (openssl rand -hex 32) on a line above the old one${isCredential ? ',' : ` in ${path},`} ${again}; the old line can go when it is done`
}

/** `$CREDENTIALS_DIRECTORY/sallyport-master-key` or the file of SALLYPORT_MASTER_KEY_FILE. Never written. */
export const createGivenSource = (given: GivenKey, installId: string): KeySource => {
  const { origin, path, credentialsDirectory } = given
  const fail = (how: string, cause: unknown): KeySourceError =>
    new KeySourceError(`${origin}: ${path} ${how}`, { cause })
  const refuseToWrite = (): Promise<never> => Promise.reject(new KeySourceError(howToRotate(given)))

  return {
    name: origin,
    whenMissing: 'put it back',
    howToRotate: howToRotate(given),
    create: refuseToWrite,
    replace: refuseToWrite,
    read: async () => {
      const text = await readGivenFile({ path, maxBytes: KEY_TEXT_MAX_BYTES, credentialsDirectory }).catch((error) => {
        throw error instanceof GivenFileError ? fail(error.message, error) : error
      })
      try {
        return parseKeyText(text, { installId, mayBeBare: true })
      } catch (error) {
        if (!(error instanceof KeyTextError)) throw error
        throw fail(`${error.message}; a key is 64 hex digits on a line, such as openssl rand -hex 32 makes`, error)
      } finally {
        text.fill(0)
      }
    },
  }
}
