import { ENV_SET_MAX_VARIABLES } from '@sallyport/contract/env-set-rules'
import type { Log } from '../../api-dependencies.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import { AppError } from '../../errors.ts'
import type { Vault } from './vault.ts'

export interface OpenedVariable {
  readonly name: string
  /** UTF-8. The caller zeroes it, as soon as the keeper has it. */
  readonly value: Buffer
  readonly setId: string
}
export interface OpenedSets {
  /** In the order asked for, each once. */
  readonly sets: readonly { readonly id: string; readonly name: string }[]
  /** Each name once: where two sets have it, the value of the later one. */
  readonly variables: readonly OpenedVariable[]
}

export interface OpenDeps {
  readonly vault: Vault
  readonly audit: Pick<AuditLog, 'write'>
  readonly log: Log
}

/**
 * The values for one session (E3), at its spawn and nowhere else. All or nothing: a value that does not open stops the start, also where a later set hides it,
 * because somebody has been at the database.
 * @throws AppError `not_found`, `locked`, `integrity`, `too_large`
 */
export const openForSession = ({ vault, audit, log }: OpenDeps, refs: readonly string[]): Promise<OpenedSets> =>
  vault.open(async (tables, values) => {
    const sets = new Map<string, string>()
    const opened = new Map<string, OpenedVariable>()
    let target = ''
    try {
      for (const ref of refs) {
        const set = await tables.findSealed(ref)
        sets.set(set.id, set.name)
        for (const variable of set.variables) {
          target = `${set.name}: ${variable.name}`
          const value = values.open(set, variable)
          opened.get(variable.name)?.value.fill(0)
          opened.set(variable.name, { name: variable.name, value, setId: set.id })
        }
      }
      requireMaskable(opened.size)
    } catch (error) {
      for (const { value } of opened.values()) value.fill(0)
      if (error instanceof AppError && error.errorCode === 'integrity') await recordDamage({ audit, log }, target)
      throw error
    }
    return { sets: [...sets].map(([id, name]) => ({ id, name })), variables: [...opened.values()] }
  })

/** The keeper masks as many values as one set may have, and would refuse more without a word that helps. */
const requireMaskable = (count: number): void => {
  if (count > ENV_SET_MAX_VARIABLES) {
    throw new AppError(
      'too_large',
      `The env sets have ${count} variables in all, a session takes at most ${ENV_SET_MAX_VARIABLES}. Leave one out.`,
    )
  }
}

/** The row of the session that does not start says `integrity` as well, but not of what. */
const recordDamage = async ({ audit, log }: Pick<OpenDeps, 'audit' | 'log'>, target: string): Promise<void> => {
  const row = { actor: 'system', address: null, session: null, count: 1, target, reason: 'integrity' } as const
  try {
    await audit.write({ ...row, event: 'env_set.failed', outcome: 'failed' })
  } catch (error) {
    log.warn('a damaged value is not in the audit log', { target, error })
  }
}
