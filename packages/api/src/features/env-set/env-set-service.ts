import type {
  createEnvSetInput,
  deleteEnvSetInput,
  EnvSet,
  EnvSetUsage,
  envSetStatus,
  renameEnvSetInput,
  revealEnvVariableInput,
  setEnvVariablesInput,
  unsetEnvVariablesInput,
} from '@sallyport/contract/env-set'
import { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { z } from 'zod'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import type { EnvSetCall } from './call.ts'
import { createEnvSet } from './create-env-set.ts'
import { deleteEnvSet } from './delete-env-set.ts'
import { createEnvSetStore, type StoredSet } from './env-set.store.ts'
import { envSetView } from './env-set-view.ts'
import { type OpenedSets, openForSession } from './open-for-session.ts'
import { renameEnvSet } from './rename-env-set.ts'
import { revealVariable } from './reveal-variable.ts'
import { rotateMasterKey } from './rotate-master-key.ts'
import { setVariables } from './set-variables.ts'
import { unsetVariables } from './unset-variables.ts'
import { createUsage, type ListSessions } from './usage.ts'
import { createVault } from './vault.ts'

export interface EnvSetDeps extends Pick<ApiDependencies, 'clock' | 'log' | 'database' | 'installId' | 'masterKeys'> {
  readonly audit: Pick<AuditLog, 'write'>
  readonly random: RandomBytes
  readonly sessions: ListSessions
}

type EnvSets = ReturnType<typeof createEnvSets>
/** What the router calls. */
export type EnvSetService = EnvSets['service']

/** The wiring of this feature. What stands beside `service` is for a session that starts, and in no router. */
export const createEnvSets = (deps: EnvSetDeps) => {
  const { clock } = deps
  const store = createEnvSetStore(deps.database)
  const vault = createVault({ ...deps, store })
  const usage = createUsage({ store, sessions: deps.sessions })
  const parts = { store, vault, usage, clock, random: deps.random }

  /** What can fail without having changed anything comes first. */
  const viewOf = async (work: () => Promise<StoredSet>): Promise<{ envSet: EnvSet }> => {
    const live = await usage.liveCounts()
    const set = await work()
    return { envSet: envSetView(set, live.get(set.id) ?? 0) }
  }

  const service = {
    status: (): Promise<z.input<typeof envSetStatus>> => vault.status(),
    list: async (): Promise<{ envSets: EnvSet[] }> => {
      const live = await usage.liveCounts()
      const sets = await (await store.read()).all()
      return { envSets: sets.map((set) => envSetView(set, live.get(set.id) ?? 0)) }
    },
    get: (ref: string) => viewOf(async () => (await store.read()).find(ref)),
    usage: async (ref: string): Promise<EnvSetUsage> => {
      const { id } = await (await store.read()).find(ref)
      return { sessions: await usage.of(id) }
    },
    create: (input: z.output<typeof createEnvSetInput>, call: EnvSetCall) =>
      viewOf(() => createEnvSet(parts, input, call)),
    set: (input: z.output<typeof setEnvVariablesInput>, call: EnvSetCall) =>
      viewOf(() => setVariables(parts, input, call)),
    unset: (input: z.output<typeof unsetEnvVariablesInput>, call: EnvSetCall) =>
      viewOf(() => unsetVariables(parts, input, call)),
    rename: (input: z.output<typeof renameEnvSetInput>, call: EnvSetCall) =>
      viewOf(() => renameEnvSet(parts, input, call)),
    delete: (input: z.output<typeof deleteEnvSetInput>, call: EnvSetCall) => deleteEnvSet(parts, input, call),
    rotate: (call: EnvSetCall) => rotateMasterKey(parts, call),
    reveal: (input: z.output<typeof revealEnvVariableInput>, call: EnvSetCall) => revealVariable(parts, input, call),
    unlock: async (passphrase: string, { audit }: EnvSetCall) => {
      audit.describe({ target: 'master key' })
      await vault.unlock(new Secret(passphrase))
      return vault.status()
    },
  }

  return {
    service,
    openForSession: (refs: readonly string[]): Promise<OpenedSets> => openForSession({ ...deps, vault }, refs),
    /** When the session's row is there; the ids are those that `openForSession` gave. */
    used: (setIds: readonly string[], sessionId: string): Promise<void> =>
      store.transaction((tables) => tables.insertUses(sessionId, setIds, clock.now())),
  }
}
