import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { OutputEvent } from '@sallyport/contract/output'
import { ATTACH_TAIL_BYTES, JUMP_BEHIND_BYTES, OUTPUT_WINDOW_BYTES } from '@sallyport/contract/wire-limits'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../connection.ts'
import { openStream, openTestDaemon, pattern, startSession, type TestDaemon, userActor } from './session-fixture.ts'

const MiB = 1024 * 1024

/** Prints in uneven pieces, as a terminal does, and lets the disk and the readers have their turn. */
const printPattern = async (daemon: TestDaemon, id: string, length: number, from = 0) => {
  const bytes = pattern(length, from)
  const sizes = [1, 4096, 65_536, 17, 30_000]
  for (let at = 0, turn = 0; at < length; turn += 1) {
    const size = Math.min(length - at, sizes[turn % sizes.length] ?? 1)
    daemon.keeper.print(id, bytes.subarray(at, at + size))
    at += size
    if (turn % 10 === 9) await daemon.keeper.written(id)
  }
}

const finish = async (daemon: TestDaemon, id: string) => {
  daemon.keeper.exit(id, { code: 0, signal: null })
  await daemon.keeper.complete(id)
}

const kinds = (events: readonly OutputEvent[]) => events.map(({ kind }) => kind)

describe('session.output', () => {
  it('gives a log reader every byte, from disk and live, and an end', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.print(id, 'before ')
    await daemon.keeper.written(id)
    const stream = await openStream(daemon, { session: id })
    await stream.until((event) => event.kind === 'bytes')
    daemon.keeper.print(id, 'after')
    await finish(daemon, id)
    await stream.ended
    expect(stream.bytes().toString()).toBe('before after')
    expect(stream.events.at(-1)).toEqual({ kind: 'end', offset: 12, complete: true })
  })

  it('gives ten viewers of one session all of it, in order, through one watch', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(daemon, { session: id })))
    await printPattern(daemon, id, 3 * MiB)
    expect(daemon.keeper.watchCount).toBe(1)
    await finish(daemon, id)
    for (const stream of streams) {
      await stream.ended
      expect(stream.bytes().equals(pattern(3 * MiB))).toBe(true)
    }
  })

  it('continues after any cut with no gap and no duplicate', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const total = 700_000
    await printPattern(daemon, id, total / 2)
    const pieces: Buffer[] = []
    let lastEventId = '0'
    for (let cut = 0; cut < 12; cut += 1) {
      const stream = await openStream(daemon, { session: id, lastEventId })
      const events = 1 + ((cut * 7) % 5)
      if (cut === 5) await printPattern(daemon, id, total / 2, total / 2)
      if (cut === 6) await finish(daemon, id)
      const available = cut < 5 ? total / 2 : total
      await stream.until(() => stream.ids.length > events || stream.ids.at(-1) === String(available))
      await stream.drop()
      const opened = stream.events[0]
      expect(opened).toMatchObject({ kind: 'opened', offset: Number(lastEventId) })
      pieces.push(stream.bytes())
      lastEventId = stream.ids.at(-1) ?? lastEventId
    }
    const rest = await openStream(daemon, { session: id, lastEventId })
    await rest.ended
    pieces.push(rest.bytes())
    expect(Buffer.concat(pieces).equals(pattern(total))).toBe(true)
  })

  it('continues across a restart of the daemon', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const before = await openStream(daemon, { session: id })
    daemon.keeper.print(id, 'one ')
    await before.until((event) => event.kind === 'bytes')
    await before.drop()
    await daemon.restart()
    daemon.keeper.print(id, 'two')
    const after = await openStream(daemon, { session: id, lastEventId: before.ids.at(-1) ?? '' })
    await after.until((event) => event.kind === 'bytes')
    expect(before.bytes().toString() + after.bytes().toString()).toBe('one two')
    await after.drop()
  })

  it('sends at most one window to a client that does not acknowledge, and loses nothing when it does again', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const slow = await openStream(daemon, { session: id }, { acknowledging: false })
    const fast = await openStream(daemon, { session: id })
    await printPattern(daemon, id, 4 * MiB)
    await fast.until(() => fast.bytes().length === 4 * MiB)
    expect(slow.bytes().length).toBeLessThanOrEqual(OUTPUT_WINDOW_BYTES)
    slow.acknowledge(slow.bytes().length)
    await slow.until(() => slow.bytes().length > OUTPUT_WINDOW_BYTES)
    expect(slow.bytes().length).toBeLessThanOrEqual(2 * OUTPUT_WINDOW_BYTES)
    slow.acknowledging = true
    slow.acknowledge(slow.bytes().length)
    await finish(daemon, id)
    await slow.ended
    expect(slow.bytes().equals(pattern(4 * MiB))).toBe(true)
    await fast.ended
  })

  it('goes on when its connection says how far the client has drawn, and listens no longer than it lives', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const listeners = new Map<string, (offset: number) => void>()
    const connection: Connection = {
      ...daemon.connection(),
      onAcknowledge: (viewer, listener) => {
        listeners.set(viewer, listener)
        return () => void listeners.delete(viewer)
      },
    }
    const slow = await openStream(daemon, { session: id }, { acknowledging: false, connection })
    await printPattern(daemon, id, MiB)
    await slow.until(() => slow.bytes().length === OUTPUT_WINDOW_BYTES)
    listeners.get(slow.viewer)?.(OUTPUT_WINDOW_BYTES / 2)
    await slow.until(() => slow.bytes().length > OUTPUT_WINDOW_BYTES)
    expect(slow.bytes().length).toBeLessThanOrEqual(OUTPUT_WINDOW_BYTES * 1.5)
    await slow.drop()
    expect(listeners.size).toBe(0)
  })

  it('frees slot and watch of a client that dies without a word', async () => {
    const daemon = await openTestDaemon({ config: { maxStreams: 1 } })
    const id = await startSession(daemon)
    const dead = await openStream(daemon, { session: id }, { acknowledging: false })
    daemon.keeper.print(id, pattern(MiB))
    await expect(openStream(daemon, { session: id })).rejects.toMatchObject({ errorCode: 'at_capacity' })
    await dead.drop()
    const next = await openStream(daemon, { session: id })
    await next.drop()
  })

  it('counts streams per auth session, the Unix socket in the total only', async () => {
    const daemon = await openTestDaemon({ config: { maxStreams: 4, maxStreamsPerAuthSession: 1 } })
    const id = await startSession(daemon)
    const web = {
      actor: userActor('operator'),
      connection: daemon.connection({ transport: 'websocket', address: '::1' }),
    }
    const streams = [await openStream(daemon, { session: id }, web)]
    await expect(openStream(daemon, { session: id }, web)).rejects.toMatchObject({ errorCode: 'at_capacity' })
    for (let count = 0; count < 3; count += 1) streams.push(await openStream(daemon, { session: id }))
    await expect(openStream(daemon, { session: id })).rejects.toMatchObject({ errorCode: 'at_capacity' })
    for (const stream of streams) await stream.drop()
  })

  it('jumps an attached viewer that is far behind to a line near the end, and a log reader never', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const total = JUMP_BEHIND_BYTES + MiB
    const attached = await openStream(
      daemon,
      { session: id, mode: 'attach', size: { cols: 80, rows: 24 } },
      { acknowledging: false },
    )
    daemon.keeper.print(id, 'x')
    await attached.until((event) => event.kind === 'bytes')
    await printPattern(daemon, id, total - 1, 1)
    await daemon.keeper.written(id)
    attached.acknowledging = true
    attached.acknowledge(attached.bytes().length)
    const skipped = await attached.until<Extract<OutputEvent, { kind: 'skipped' }>>(({ kind }) => kind === 'skipped')
    expect(total - skipped.to).toBeLessThanOrEqual(ATTACH_TAIL_BYTES)
    expect(total - skipped.to).toBeGreaterThan(ATTACH_TAIL_BYTES - 200)
    expect((skipped.to - 1) % 101).toBe(100)
    await finish(daemon, id)
    await attached.ended
    const after = Buffer.concat(
      attached.events.flatMap((event) => (event.kind === 'bytes' && event.offset >= skipped.to ? [event.bytes] : [])),
    )
    expect(after.equals(pattern(total - skipped.to, skipped.to))).toBe(true)

    const log = await openStream(daemon, { session: id })
    await log.ended
    expect(kinds(log.events)).not.toContain('skipped')
    expect(log.bytes().length).toBe(total)
  })

  it('says which bytes the log has dropped', async () => {
    const daemon = await openTestDaemon({ logLimits: { segmentBytes: 64 * 1024, maxLogBytes: 128 * 1024 } })
    const id = await startSession(daemon)
    await printPattern(daemon, id, 2 * MiB)
    await finish(daemon, id)
    const stream = await openStream(daemon, { session: id })
    await stream.ended
    const gap = stream.events[1]
    expect(gap).toMatchObject({ kind: 'gap', from: 0, reason: 'dropped' })
    const to = gap?.kind === 'gap' ? gap.to : 0
    expect(stream.bytes().equals(pattern(2 * MiB - to, to))).toBe(true)
  })

  it('shows live output while recording is paused, and says afterwards that it was not recorded', async () => {
    const daemon = await openTestDaemon({ logLimits: { minFreeBytes: Number.MAX_SAFE_INTEGER } })
    const id = await startSession(daemon)
    await printPattern(daemon, id, 3 * MiB)
    const live = await openStream(daemon, { session: id })
    const gap = await live.until<Extract<OutputEvent, { kind: 'gap' }>>(({ kind }) => kind === 'gap')
    expect(gap).toMatchObject({ from: 0, reason: 'paused' })
    expect(3 * MiB - gap.to).toBeGreaterThanOrEqual(MiB)
    await live.until(() => live.bytes().length === 3 * MiB - gap.to)
    daemon.keeper.print(id, pattern(100, 3 * MiB))
    await finish(daemon, id)
    await live.ended
    expect(live.bytes().equals(pattern(3 * MiB + 100 - gap.to, gap.to))).toBe(true)
    expect((await daemon.client().session.get({ session: id })).session.recordingPaused).toContain('free')

    await daemon.restart()
    const later = await openStream(daemon, { session: id })
    await later.ended
    expect(later.events.slice(1)).toEqual([
      { kind: 'gap', from: 0, to: 3 * MiB + 100, reason: 'paused' },
      { kind: 'end', offset: 3 * MiB + 100, complete: true },
    ])
  })

  it('reads what the keeper could not push from the log', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const stream = await openStream(daemon, { session: id })
    daemon.keeper.print(id, pattern(1000))
    await stream.until(() => stream.bytes().length === 1000)
    daemon.keeper.skipPushes(id, () => daemon.keeper.print(id, pattern(100_000, 1000)))
    await stream.until(() => stream.bytes().length === 101_000)
    daemon.keeper.print(id, pattern(50, 101_000))
    await finish(daemon, id)
    await stream.ended
    expect(stream.bytes().equals(pattern(101_050))).toBe(true)
  })

  it('starts at the tail, at an offset, at the last lines, at a time', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.print(id, 'one\ntwo\nthree\n')
    await daemon.keeper.written(id)
    const read = async (from: Parameters<typeof openStream>[1]['from']) => {
      const stream = await openStream(daemon, { session: id, follow: false, from: from ?? { kind: 'start' } })
      await stream.ended
      expect(stream.events.at(-1)).toMatchObject({ kind: 'end', complete: false })
      return stream.bytes().toString()
    }
    expect(await read({ kind: 'start' })).toBe('one\ntwo\nthree\n')
    expect(await read({ kind: 'tail' })).toBe('one\ntwo\nthree\n')
    expect(await read({ kind: 'offset', offset: 4 })).toBe('two\nthree\n')
    expect(await read({ kind: 'lines', count: 1 })).toBe('three\n')
    expect(await read({ kind: 'lines', count: 0 })).toBe('')
    expect(await read({ kind: 'time', at: new Date(0).toISOString() })).toBe('one\ntwo\nthree\n')
    expect(await read({ kind: 'time', at: new Date(Date.now() + 60_000).toISOString() })).toBe('')
  })

  it('ends a log at the time it was asked for', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.print(id, 'in time')
    const until = new Date(Date.now() + 300).toISOString()
    const stream = await openStream(daemon, { session: id, until })
    await stream.ended
    expect(stream.bytes().toString()).toBe('in time')
    const early = await openStream(daemon, { session: id, until: new Date(0).toISOString() })
    await early.ended
    expect(early.bytes().length).toBe(0)
  })

  it('refuses an offset that the session has not reached and an id that is none', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.print(id, 'abc')
    const refused = { errorCode: 'bad_request' }
    await expect(openStream(daemon, { session: id, from: { kind: 'offset', offset: 4 } })).rejects.toMatchObject(
      refused,
    )
    await expect(openStream(daemon, { session: id, lastEventId: '4' })).rejects.toMatchObject(refused)
    await expect(openStream(daemon, { session: id, lastEventId: 'x' })).rejects.toMatchObject(refused)
    const exact = await openStream(daemon, { session: id, lastEventId: '3' })
    await exact.drop()
  })

  it('waits for a session that is still starting', async () => {
    const daemon = await openTestDaemon()
    let open: () => void = () => undefined
    daemon.keeper.spawnGate = new Promise((resolve) => {
      open = resolve
    })
    const changes = daemon.services.session.changes(AbortSignal.timeout(10_000))
    const starting = startSession(daemon, 'slow')
    for await (const change of await changes) {
      if (change.kind === 'changed' && change.session.state === 'starting') break
    }
    const opening = openStream(daemon, { session: 'slow' })
    open()
    const id = await starting
    const stream = await opening
    daemon.keeper.print(id, 'here')
    await stream.until((event) => event.kind === 'bytes')
    await stream.drop()
  })

  it('ends a stream whose session is lost with its keeper', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const stream = await openStream(daemon, { session: id })
    daemon.keeper.print(id, 'last words')
    await stream.until((event) => event.kind === 'bytes')
    await daemon.keeper.replace()
    await stream.ended
    expect(stream.events.at(-1)).toMatchObject({ kind: 'end', complete: true })
    expect((await daemon.client().session.get({ session: id })).session).toMatchObject({ state: 'lost', logBytes: 10 })
  })

  it('says so when the log was removed from the disk', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    await finish(daemon, id)
    await rm(join(daemon.dataDir, 'sessions', id), { recursive: true })
    await expect(openStream(daemon, { session: id })).rejects.toMatchObject({ errorCode: 'unavailable' })
    await mkdir(join(daemon.dataDir, 'sessions', id), { recursive: true })
  })
})
