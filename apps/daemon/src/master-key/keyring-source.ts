import type { Environment } from '../config/environment.ts'
import { fingerprintsOf, type KeySet, wipeKeys } from './key-set.ts'
import { type KeySource, KeySourceError } from './key-source.ts'
import { KeyTextError, keyText, parseKeyText } from './key-text.ts'
import { runSecretTool, type SecretToolAnswer } from './secret-tool.ts'

const NAME = 'the OS keyring'

/** `env_sets.master_key: keyring`: one item of the desktop's secret service, the same text as in our file. */
export const createKeyringSource = (o: {
  readonly installId: string
  readonly environment: Environment
  readonly timeoutMs?: number
}): KeySource => {
  const item = ['service', 'sallyport', 'install', o.installId]
  const call = (args: readonly string[], input: Buffer | null = null): Promise<SecretToolAnswer> =>
    runSecretTool({ ...o, args: [...args, ...item], input })

  const read = async (): Promise<KeySet | undefined> => {
    const { code, stdout, complaint } = await call(['lookup'])
    // It ends with 1 both when there is no such item, silently, and when it could not look.
    if (code === 1 && complaint === '' && stdout.byteLength === 0) return undefined
    try {
      if (code !== 0)
        throw new KeySourceError(`${NAME} cannot be read: ${complaint || `secret-tool ended with ${code}`}`)
      return parseKeyText(stdout, { installId: o.installId, mayBeBare: false })
    } catch (error) {
      if (!(error instanceof KeyTextError)) throw error
      throw new KeySourceError(
        `the item "service sallyport, install ${o.installId}" of ${NAME} ${error.message}: restore it from a backup; without its key nothing in env sets can be opened`,
        { cause: error },
      )
    } finally {
      stdout.fill(0)
    }
  }

  const store = async (keys: KeySet): Promise<void> => {
    const text = keyText(keys, o.installId)
    try {
      const { code, stdout, complaint } = await call(['store', '--label=Sallyport: master key of env sets'], text)
      stdout.fill(0)
      if (code !== 0) throw new KeySourceError(`${NAME} took no key: ${complaint || `secret-tool ended with ${code}`}`)
    } finally {
      text.fill(0)
    }
    // What seals values from here on must come back from there.
    const stored = await read()
    const isSame = stored !== undefined && fingerprintsOf(stored).join() === fingerprintsOf(keys).join()
    if (stored !== undefined) wipeKeys(stored)
    if (!isSame) throw new KeySourceError(`${NAME} does not give back the key that was put into it`)
  }

  return {
    name: NAME,
    // Also what it looks like when somebody closed the dialogue that asks to open the keyring.
    whenMissing: 'open the keyring, restore the item from a backup, or delete the env sets',
    howToRotate: null,
    read,
    create: async (keys) => {
      const there = await read()
      if (there !== undefined) {
        wipeKeys(there)
        throw new KeySourceError(`${NAME} has a master key of this install already; restart the daemon`)
      }
      await store(keys)
    },
    replace: store,
  }
}
