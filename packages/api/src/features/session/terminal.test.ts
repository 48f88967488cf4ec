import type { OutputEvent } from '@sallyport/contract/output'
import { describe, expect, it } from 'vitest'
import {
  openStream,
  openTestDaemon,
  startSession,
  type TestDaemon,
  type TestStream,
  userActor,
} from './session-fixture.ts'

type SizeEvent = Extract<OutputEvent, { kind: 'size' }>

const attach = (daemon: TestDaemon, session: string, cols: number, readOnly = false) =>
  openStream(daemon, { session, mode: 'attach', from: { kind: 'tail' }, size: { cols, rows: 24 }, readOnly })

const sizeOf = (stream: TestStream, fits: (event: SizeEvent) => boolean) =>
  stream.until<SizeEvent>((event) => event.kind === 'size' && fits(event))

const text = (value: string) => new Uint8Array(Buffer.from(value))

describe('a shared terminal', () => {
  it('belongs to the first viewer, then to the one that typed or took control, and everybody is told', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const first = await attach(daemon, id, 100)
    await sizeOf(first, ({ owner, cols }) => owner === first.viewer && cols === 100)
    const second = await attach(daemon, id, 120)
    await sizeOf(second, ({ owner, cols }) => owner === first.viewer && cols === 100)
    expect(daemon.keeper.size(id)).toBe('100x24')

    await second.client.session.write({ session: id, data: text('x'), viewer: second.viewer })
    for (const stream of [first, second])
      await sizeOf(stream, ({ owner, cols }) => owner === second.viewer && cols === 120)
    await first.client.session.takeControl({ session: id, viewer: first.viewer })
    expect(daemon.keeper.size(id)).toBe('100x24')
    await second.client.session.resize({ session: id, viewer: second.viewer, cols: 90, rows: 30 })
    expect(daemon.keeper.size(id)).toBe('100x24')
    await first.client.session.resize({ session: id, viewer: first.viewer, cols: 70, rows: 30 })
    await sizeOf(second, ({ cols, rows }) => cols === 70 && rows === 30)
    await first.drop()
    await second.drop()
  })

  it('keeps its size and lets the keeper answer queries when its owner leaves', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const owner = await attach(daemon, id, 100)
    await sizeOf(owner, (event) => event.answersFrom !== null)
    expect(daemon.keeper.answeredBy(id)).toBe('viewer')
    const watcher = await attach(daemon, id, 50, true)
    await owner.drop()
    await sizeOf(watcher, (event) => event.owner === null && event.answersFrom === null)
    expect(daemon.keeper.answeredBy(id)).toBe('keeper')
    expect(daemon.keeper.size(id)).toBe('100x24')
    await watcher.drop()
  })

  it('takes an answer only from the viewer that was in charge where the question stands', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    daemon.keeper.print(id, 'old question')
    const first = await attach(daemon, id, 100)
    const { answersFrom } = await sizeOf(first, (event) => event.answersFrom !== null)
    expect(answersFrom).toBe(12)
    daemon.keeper.print(id, 'new question')
    await first.until((event) => event.kind === 'bytes' && event.offset === 12)
    const second = await attach(daemon, id, 100)
    const answer = (stream: TestStream, data: string, answersOffset: number) =>
      stream.client.session.write({ session: id, data: text(data), viewer: stream.viewer, answersOffset })

    await answer(first, '<replayed>', 3)
    await answer(second, '<second>', 12)
    await answer(first, '<first>', 12)
    expect(daemon.keeper.input(id)).toBe('<first>')

    await second.client.session.takeControl({ session: id, viewer: second.viewer })
    const taken = await sizeOf(second, (event) => event.answersFrom !== null)
    expect(taken.answersFrom).toBe(24)
    daemon.keeper.print(id, 'third question')
    await answer(first, '<late but rightful>', 13)
    await answer(first, '<not any more>', 24)
    await answer(second, '<now mine>', 24)
    expect(daemon.keeper.input(id)).toBe('<first><late but rightful><now mine>')
    await sizeOf(first, (event) => event.owner === second.viewer && event.answersFrom === null)
    await first.drop()
    await second.drop()
  })

  it('answers again after the connection to the keeper was lost, because the keeper has taken over meanwhile', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const owner = await attach(daemon, id, 100)
    await sizeOf(owner, (event) => event.answersFrom === 0)
    daemon.keeper.print(id, 'meanwhile')
    await owner.until((event) => event.kind === 'bytes')
    daemon.keeper.reconnect()
    await sizeOf(owner, (event) => event.answersFrom === 9)
    expect(daemon.keeper.answeredBy(id)).toBe('viewer')
    await owner.drop()
  })

  it('cannot be typed into, resized or taken by somebody who may only watch', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const watching = await attach(daemon, id, 50, true)
    const { viewer, client } = watching
    const forbidden = { errorCode: 'forbidden' }
    const data = text('x')
    await expect(client.session.write({ session: id, data, viewer })).rejects.toMatchObject(forbidden)
    await expect(client.session.write({ session: id, data, viewer, answersOffset: 0 })).rejects.toMatchObject(forbidden)
    await expect(client.session.paste({ session: id, text: 'x', viewer })).rejects.toMatchObject(forbidden)
    await expect(client.session.resize({ session: id, cols: 50, rows: 20, viewer })).rejects.toMatchObject(forbidden)
    await expect(client.session.takeControl({ session: id, viewer })).rejects.toMatchObject(forbidden)
    expect(daemon.keeper.size(id)).toBe('80x24')

    const actor = userActor('viewer')
    const web = daemon.client({ actor })
    await expect(web.session.write({ session: id, data })).rejects.toMatchObject(forbidden)
    await expect(web.session.keys({ session: id, keys: ['enter'] })).rejects.toMatchObject(forbidden)
    await expect(openStream(daemon, { session: id, mode: 'attach' }, { actor })).rejects.toMatchObject(forbidden)
    const allowed = await openStream(daemon, { session: id, mode: 'attach', readOnly: true }, { actor })
    expect(daemon.keeper.input(id)).toBe('')
    await allowed.drop()
    await watching.drop()
  })

  it('cannot be used under the viewer id of another connection', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const mine = await attach(daemon, id, 100)
    const { viewer } = mine
    const stranger = daemon.client()
    const forbidden = { errorCode: 'forbidden' }
    await expect(stranger.session.write({ session: id, data: text('x'), viewer })).rejects.toMatchObject(forbidden)
    await expect(stranger.session.takeControl({ session: id, viewer })).rejects.toMatchObject(forbidden)
    await expect(openStream(daemon, { session: id, viewer })).rejects.toMatchObject({ errorCode: 'conflict' })
    expect(daemon.keeper.input(id)).toBe('')
    await mine.drop()
  })

  it('counts its viewers in the list', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon)
    const viewer = await attach(daemon, id, 100)
    const log = await openStream(daemon, { session: id })
    const counted = async () => (await daemon.client().session.get({ session: id })).session.viewers
    expect(await counted()).toBe(1)
    await viewer.drop()
    expect(await counted()).toBe(0)
    await log.drop()
  })
})
