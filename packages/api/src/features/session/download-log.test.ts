import { describe, expect, it } from 'vitest'
import { openTestDaemon, pattern, startSession, type TestDaemon, userActor } from './session-fixture.ts'

const download = (
  daemon: TestDaemon,
  sessionRef: string,
  format: 'raw' | 'plain',
  signal = new AbortController().signal,
) =>
  daemon.services.session.downloadLog({
    sessionRef,
    format,
    caller: { connection: daemon.connection({ transport: 'http', address: '::1' }), actor: userActor('viewer') },
    signal,
  })

const all = async (stream: AsyncIterable<Uint8Array>) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('a log download', () => {
  it('is exactly the bytes, or the text of them', async () => {
    const daemon = await openTestDaemon()
    const id = await startSession(daemon, 'build')
    daemon.keeper.print(id, pattern(1_500_000))
    const raw = await download(daemon, 'build', 'raw')
    expect(raw.fileName).toBe(`build-${id}.log`)
    expect((await all(raw.stream)).equals(pattern(1_500_000))).toBe(true)

    const other = await startSession(daemon, 'other')
    daemon.keeper.print(other, '\x1b[31mred\x1b[0m\r\n')
    const plain = await download(daemon, 'other', 'plain')
    expect(plain.fileName).toBe(`other-${other}.txt`)
    expect((await all(plain.stream)).toString()).toBe('red\n')
  })

  it('takes a slot and gives it back when it is read, when it is left and when it is never begun', async () => {
    const daemon = await openTestDaemon({ config: { maxStreams: 1 } })
    const id = await startSession(daemon)
    daemon.keeper.print(id, pattern(1_000_000))
    await daemon.keeper.written(id)
    const read = await download(daemon, id, 'raw')
    await expect(download(daemon, id, 'raw')).rejects.toMatchObject({ errorCode: 'at_capacity' })
    await all(read.stream)
    const left = await download(daemon, id, 'raw')
    for await (const chunk of left.stream) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    const abort = new AbortController()
    await download(daemon, id, 'raw', abort.signal)
    abort.abort()
    await all((await download(daemon, id, 'raw')).stream)
  })

  it('ends when its auth session is revoked, and does not look complete', async () => {
    const daemon = await openTestDaemon({ config: { maxStreams: 1 } })
    const id = await startSession(daemon)
    daemon.keeper.print(id, pattern(1_000_000))
    await daemon.keeper.written(id)
    const { stream } = await download(daemon, id, 'raw')
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    daemon.revoke('auth00000001')
    await expect(reader.next()).rejects.toThrow()
    await all((await download(daemon, id, 'raw')).stream)
  })
})
