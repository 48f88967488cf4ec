import type { SessionChange } from '@sallyport/contract/session'
import { describe, expect, it, vi } from 'vitest'
import { openTestDaemon, startSession, type TestDaemon } from './session-fixture.ts'

const get = async (daemon: TestDaemon, session: string) => (await daemon.client().session.get({ session })).session

/** Reads changes until one fits. */
const follow = async (daemon: TestDaemon) => {
  const abort = new AbortController()
  const source = await daemon.client({ signal: abort.signal }).session.changes()
  const changes = source as AsyncIterable<SessionChange>
  const iterator = changes[Symbol.asyncIterator]()
  return {
    next: async (): Promise<SessionChange> => (await iterator.next()).value as SessionChange,
    until: async (fits: (change: SessionChange) => boolean): Promise<SessionChange> => {
      for (;;) {
        const { value, done } = await iterator.next()
        if (done === true) throw new Error('the changes ended')
        if (fits(value)) return value
      }
    },
    stop: async () => {
      abort.abort()
      expect((await iterator.next()).done).toBe(true)
    },
  }
}

const changed =
  (id: string, fits: (session: Extract<SessionChange, { kind: 'changed' }>['session']) => boolean) =>
  (change: SessionChange) =>
    change.kind === 'changed' && change.session.id === id && fits(change.session)

describe('the list of sessions', () => {
  it('survives the daemon: the same ids, running, with what was printed meanwhile', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon, 'job')
    await daemon.restart()
    daemon.keeper.print(id, 'hello')
    daemon.keeper.exit(id, { code: 3, signal: null })
    expect(await get(daemon, 'job')).toMatchObject({ id, state: 'exited', exitCode: 3, logBytes: 5 })
  })

  it('learns of an end that came while no daemon was there, and lets the keeper forget it', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const { restart } = daemon
    await daemon.services.session.close()
    daemon.keeper.print(id, 'abc')
    daemon.keeper.exit(id, { code: null, signal: 'SIGSEGV' })
    await daemon.keeper.complete(id)
    await restart()
    expect(await get(daemon, id)).toMatchObject({ state: 'exited', signal: 'SIGSEGV', logBytes: 3 })
    await vi.waitFor(() => expect(daemon.keeper.has(id)).toBe(false))
    await restart()
    expect(await get(daemon, id)).toMatchObject({ state: 'exited', signal: 'SIGSEGV', logBytes: 3 })
  })

  it('calls what a dead keeper had lost, never running, also after a restart', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.print(id, 'abc')
    const changes = await follow(daemon)
    await daemon.keeper.replace()
    await changes.until(changed(id, ({ state, logBytes }) => state === 'lost' && logBytes === 3))
    await changes.stop()
    await daemon.restart()
    expect(await get(daemon, id)).toMatchObject({ state: 'lost', logBytes: 3 })
  })

  it('keeps recording what children print after the root process has ended', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.exit(id, { code: 0, signal: null })
    expect((await get(daemon, id)).state).toBe('exited')
    daemon.keeper.print(id, 'from a child')
    expect(daemon.keeper.has(id)).toBe(true)
    await daemon.keeper.complete(id)
    expect((await get(daemon, id)).logBytes).toBe(12)
    await vi.waitFor(() => expect(daemon.keeper.has(id)).toBe(false))
  })

  it('is pushed: everything first, then each change, and a removal', async () => {
    const daemon = await openTestDaemon()
    const first = await startSession(daemon)
    const changes = await follow(daemon)
    expect(await changes.next()).toMatchObject({ kind: 'snapshot', sessions: [{ id: first }] })
    const second = await startSession(daemon, 'second')
    await changes.until(changed(second, ({ state }) => state === 'running'))
    await daemon.client().session.rename({ session: second, name: 'renamed' })
    await changes.until(changed(second, ({ name }) => name === 'renamed'))
    await daemon.client().session.remove({ session: second, force: true })
    await changes.until((change) => change.kind === 'removed' && change.id === second)
    await changes.stop()
  })

  it('tells a slow subscriber the last word on each session and nothing twice', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const changes = await follow(daemon)
    await changes.next()
    for (let number = 0; number < 30; number += 1) {
      await daemon.client().session.rename({ session: id, name: `name-${number}` })
    }
    expect(await changes.next()).toMatchObject({ kind: 'changed', session: { name: 'name-29' } })
    await changes.stop()
  })

  it('removes what retention no longer keeps, as the system, and nothing that lives', async () => {
    const daemon = await openTestDaemon({ config: { logTotalMaxBytes: 150_000 } })
    const ids: string[] = []
    for (const name of ['first', 'second', 'third']) {
      const id = await startSession(daemon, name)
      daemon.keeper.print(id, Buffer.alloc(100_000, 'x'))
      ids.push(id)
    }
    await daemon.client().session.kill({ session: 'first' })
    await vi.waitFor(async () =>
      expect((await daemon.client().session.list()).sessions.map(({ name }) => name)).toEqual(['second', 'third']),
    )
    const { rows } = await daemon.client().admin.audit({})
    expect(rows).toContainEqual(
      expect.objectContaining({ event: 'session.removed', actor: 'system', session: ids[0], reason: 'retention' }),
    )
  })
})
