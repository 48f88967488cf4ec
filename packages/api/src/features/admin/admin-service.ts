import type { AuditRow, auditListInput, ConfigEntry, DaemonStatus } from '@sallyport/contract/admin'
import type { z } from 'zod'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { CallAudit } from '../../audit/call-audit.ts'

export interface AdminDeps {
  readonly daemon: ApiDependencies['daemon']
  readonly dataDir: string
  readonly keeperPid: () => number | null
  readonly configEntries: () => ConfigEntry[]
  readonly sessionCounts: () => Promise<DaemonStatus['sessions']> | DaemonStatus['sessions']
  readonly auditProblem: () => string | null
  readonly listAuditRows: (input: z.output<typeof auditListInput>) => Promise<AuditRow[]>
}

export interface AdminService {
  status(): Promise<DaemonStatus>
  config(): ConfigEntry[]
  audit(input: z.output<typeof auditListInput>): Promise<AuditRow[]>
  stop(all: boolean, audit: CallAudit): Promise<{ ok: true }>
}

export const createAdminService = (deps: AdminDeps): AdminService => ({
  status: async () => {
    const auditProblem = deps.auditProblem()
    return {
      pid: deps.daemon.pid,
      keeperPid: deps.keeperPid(),
      url: deps.daemon.url(),
      dataDir: deps.dataDir,
      version: deps.daemon.version,
      startedAt: new Date(deps.daemon.startedAt).toISOString(),
      sessions: await deps.sessionCounts(),
      problems: [...deps.daemon.problems(), ...(auditProblem === null ? [] : [auditProblem])],
    }
  },
  config: deps.configEntries,
  audit: deps.listAuditRows,
  stop: async (all, audit) => {
    // The row first: the daemon that stops may not get to it afterwards.
    await audit.commit({ target: all ? 'daemon, keeper and all sessions' : 'daemon' })
    deps.daemon.stop(all)
    return { ok: true }
  },
})
