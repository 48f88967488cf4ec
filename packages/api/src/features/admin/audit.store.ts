import type { AuditRow, auditListInput } from '@sallyport/contract/admin'
import type { Database } from '@sallyport/database/database'
import type { z } from 'zod'

const outcomes = { ok: 'ok', refused: 'refused', failed: 'failed' } as const

/** Newest first. `actor` is a label (`local:ada`) or just the name in it. */
export const listAuditRows = async (
  database: () => Promise<Database>,
  input: z.output<typeof auditListInput>,
): Promise<AuditRow[]> => {
  const { prisma } = await database()
  const rows = await prisma.auditRow.findMany({
    where: {
      ...(input.session === undefined ? {} : { session: input.session }),
      ...(input.event === undefined ? {} : { event: input.event }),
      ...(input.since === undefined ? {} : { at: { gte: new Date(input.since) } }),
      ...(input.beforeSeq === undefined ? {} : { seq: { lt: input.beforeSeq } }),
      ...(input.actor === undefined
        ? {}
        : { OR: [{ actor: input.actor }, { actor: { endsWith: `:${input.actor}` } }] }),
    },
    orderBy: { seq: 'desc' },
    take: input.limit,
    select: {
      seq: true,
      at: true,
      actor: true,
      event: true,
      target: true,
      outcome: true,
      session: true,
      reason: true,
      count: true,
    },
  })
  return rows.map((row) => ({
    ...row,
    at: row.at.toISOString(),
    // A CHECK of the table allows nothing else.
    outcome: outcomes[row.outcome as keyof typeof outcomes],
  }))
}
