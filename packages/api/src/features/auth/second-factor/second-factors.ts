import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import type { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import { checkTotp, totpUri } from '@sallyport/crypto/totp'
import type { Clock, Log, SealedSecrets } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import { createFailedAttempts } from '../../../limits/failed-attempts.ts'
import { limits } from '../../../limits/limits.ts'
import { createRecoveryCodes } from './recovery-codes.ts'
import type { SecondFactorStore } from './second-factor.store.ts'
import { createTotpEnrolments, type ProvenSecret } from './totp-enrolments.ts'
import { createTotpSecrets } from './totp-secrets.ts'

export interface SecondFactorsDeps {
  readonly store: SecondFactorStore
  readonly sealedSecrets: SealedSecrets
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  /** `deriveKey(installKey, 'recovery-code/1')` */
  readonly recoveryCodeKey: Secret<Uint8Array>
}

/** What an authenticator app shows above the account's name. */
const ISSUER = 'Sallyport'

export interface SecondFactorState {
  /** Times in ms since the epoch. */
  readonly secondFactor: { readonly enrolledAt: number; readonly lastUsedAt: number | null } | null
  readonly recoveryCodesLeft: number
  readonly recoveryCodesMadeAt: number | null
}

/** TOTP (A5) and recovery codes (A6) of accounts, by user id. */
export interface SecondFactors {
  isEnrolled(userId: string): Promise<boolean>
  describe(userId: string): Promise<SecondFactorState>
  /** A fresh secret, kept in memory for ten minutes under `key`: an auth session or a sign-in under way. Beginning again replaces it. */
  begin(key: string, account: string): Promise<{ readonly secret: string; readonly uri: string }>
  /**
   * The account's second factor from now on, instead of an older one. Throws `sign_in_failed` on a wrong code (5 tries), `conflict` when there is nothing to
   * confirm. New recovery codes only where the account has none left, else null.
   */
  confirm(key: string, userId: string, code: string): Promise<{ readonly recoveryCodes: string[] | null }>
  /** The first half of `confirm`, which throws the same: uses the enrolment up and stores nothing. */
  prove(key: string, code: string): ProvenSecret
  /** The second factor of an account that has none, with new recovery codes. Null where it has one by now. */
  enrolFirst(userId: string, proven: ProvenSecret): Promise<string[] | null>
  /** Each code counts once, also in parallel. Throws the 429 of ten tries per account in 15 minutes; recovery codes count there too. */
  checkTotp(userId: string, code: string): Promise<boolean>
  /** Uses the code up; null when it is wrong or was used. */
  spendRecoveryCode(userId: string, code: string): Promise<{ readonly left: number } | null>
  /** Voids all that there were. */
  renewRecoveryCodes(userId: string): Promise<string[]>
  /** Factor and codes. */
  remove(userId: string): Promise<void>
}

export const createSecondFactors = (deps: SecondFactorsDeps): SecondFactors => {
  const { store, clock, random } = deps
  const enrolments = createTotpEnrolments(deps)
  const secrets = createTotpSecrets({ ...deps, factorIds: store.factorIds })
  const recoveryCodes = createRecoveryCodes({ clock, random, key: deps.recoveryCodeKey })
  const tries = createFailedAttempts(clock, limits.secondFactor.perAccount)

  const secretOf = async (factorId: string): Promise<string> => {
    const secret = await secrets.read(factorId)
    if (secret !== null) return secret
    // A database that was restored without the file beside the install key: closed, and somebody at the machine can mend it.
    throw new AppError(
      'unavailable',
      'The secret of this authenticator is missing on the machine. Use a recovery code, or run `sallyport auth reset-mfa` there.',
    )
  }

  const newFactor = ({ step }: ProvenSecret) => ({
    id: newId(random, ID_ALPHABET, ID_LENGTH),
    enrolledAt: clock.now(),
    lastStep: step,
  })

  return {
    isEnrolled: async (userId) => (await store.factorOf(userId)) !== null,
    describe: async (userId) => {
      const [factor, { left, madeAt }] = await Promise.all([store.factorOf(userId), store.codesOf(userId)])
      return {
        secondFactor: factor && { enrolledAt: factor.enrolledAt, lastUsedAt: factor.lastUsedAt },
        recoveryCodesLeft: left,
        recoveryCodesMadeAt: madeAt,
      }
    },
    begin: async (key, account) => {
      const secret = enrolments.begin(key)
      return { secret, uri: totpUri({ secret, account, issuer: ISSUER }) }
    },
    confirm: async (key, userId, code) => {
      const proven = enrolments.prove(key, code)
      const factor = newFactor(proven)
      return secrets.change({ factorId: factor.id, secret: proven.secret }, async () => {
        const fresh = (await store.codesOf(userId)).left === 0 ? recoveryCodes.make() : null
        await store.enrol(userId, factor, fresh?.stored ?? null)
        return { recoveryCodes: fresh?.codes ?? null }
      })
    },
    prove: enrolments.prove,
    enrolFirst: (userId, proven) => {
      const factor = newFactor(proven)
      const { codes, stored } = recoveryCodes.make()
      return secrets.change({ factorId: factor.id, secret: proven.secret }, async () =>
        (await store.enrolFirst(userId, factor, stored)) ? codes : null,
      )
    },
    checkTotp: async (userId, code) => {
      const attempt = tries.begin(userId)
      const factor = await store.factorOf(userId)
      if (factor === null) return false
      const now = clock.now()
      const { lastStep } = factor
      const result = checkTotp({ secret: await secretOf(factor.id), code, now, lastStep })
      if (!result.ok || !(await store.acceptStep(factor.id, result.step, now))) return false
      attempt.succeeded()
      return true
    },
    spendRecoveryCode: async (userId, code) => {
      const attempt = tries.begin(userId)
      const hash = recoveryCodes.hashOf(code)
      if (hash === null || !(await store.spendCode(userId, hash, clock.now()))) return null
      attempt.succeeded()
      return { left: (await store.codesOf(userId)).left }
    },
    renewRecoveryCodes: async (userId) => {
      const { codes, stored } = recoveryCodes.make()
      await store.replaceCodes(userId, stored)
      return codes
    },
    remove: (userId) => secrets.change(null, () => store.remove(userId)),
  }
}
