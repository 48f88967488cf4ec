import type { ApiDependencies, AuthConfig, SealedSecrets, SignInSecrets } from './api-dependencies.ts'
import { limits } from './limits/limits.ts'

export const testInstallId = '0123456789abcdef0123456789abcdef'

/** What the daemon keeps in a sealed file. */
export const secretsInMemory = (): SealedSecrets => {
  let secrets: SignInSecrets = { opaqueSetup: null, totp: {} }
  return {
    read: async () => secrets,
    update: async (change) => {
      secrets = change(secrets)
    },
  }
}

/** The weakest stretching that Argon2id allows: tests are about the protocol around it. */
const authConfig: AuthConfig = {
  mode: 'accounts',
  requireSecondFactor: true,
  stretching: { memoryKib: 8, iterations: 1, parallelism: 1 },
  password: null,
  installIdentity: { installId: 'test' },
  failedSignIns: limits.signIn,
}

export const testConfig: ApiDependencies['config'] = {
  authSessionDurationMs: 7 * 24 * 3_600_000,
  authIdleTimeoutMs: null,
  maxLiveSessions: 200,
  maxStreams: 64,
  maxStreamsPerAuthSession: 16,
  logRetentionMs: 30 * 24 * 3_600_000,
  logTotalMaxBytes: 10 * 1024 ** 3,
  providers: [],
  auth: authConfig,
  entries: () => [{ key: 'http.port', value: 8447, source: 'default', origin: null }],
}
