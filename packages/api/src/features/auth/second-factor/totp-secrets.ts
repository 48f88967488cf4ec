import type { Log, SealedSecrets } from '../../../api-dependencies.ts'

/** TOTP secrets in the sealed file, by id of their factor: the database never has one. */
export interface TotpSecrets {
  read(factorId: string): Promise<string | null>
  /**
   * Runs `work`, the change of the rows, with its secret sealed before it and what no row needs any more removed after it. One at a time, because a secret whose
   * row is not there yet looks like one that a crash left behind.
   */
  change<T>(added: { readonly factorId: string; readonly secret: string } | null, work: () => Promise<T>): Promise<T>
}

export const createTotpSecrets = (deps: {
  readonly sealedSecrets: SealedSecrets
  readonly factorIds: () => Promise<readonly string[]>
  readonly log: Log
}): TotpSecrets => {
  const { sealedSecrets } = deps
  let last: Promise<unknown> = Promise.resolve()

  const removeOrphans = async (): Promise<void> => {
    const needed = new Set(await deps.factorIds())
    const { totp } = await sealedSecrets.read()
    if (Object.keys(totp).every((id) => needed.has(id))) return
    await sealedSecrets.update((secrets) => ({
      ...secrets,
      totp: Object.fromEntries(Object.entries(secrets.totp).filter(([id]) => needed.has(id))),
    }))
  }

  const run: TotpSecrets['change'] = async (added, work) => {
    if (added !== null) {
      const { factorId, secret } = added
      await sealedSecrets.update((secrets) => ({ ...secrets, totp: { ...secrets.totp, [factorId]: secret } }))
    }
    const result = await work()
    // What was asked for is done: a secret that stays behind opens nothing without its row, and the next change removes it.
    await removeOrphans().catch((error: unknown) =>
      deps.log.warn('a secret without use could not be removed', { error }),
    )
    return result
  }

  return {
    read: async (factorId) => (await sealedSecrets.read()).totp[factorId] ?? null,
    change: (added, work) => {
      const done = last.then(() => run(added, work))
      // The next one goes on whatever became of this one, which its caller hears.
      last = done.catch(() => undefined)
      return done
    },
  }
}
