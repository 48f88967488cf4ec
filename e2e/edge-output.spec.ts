import { expect } from '@playwright/test'
import { anonymousBytes, peakOf } from './fixtures/processes.ts'
import { openClient, openSlowLink, readOutput, sequence, startScript } from './fixtures/socket-client.ts'
import { test } from './fixtures/test.ts'

const MIB = 1024 * 1024

test('100 MB reach one viewer and ten more complete and in order, beside one that stalls for 10 s, one that dies and one on 50 KB/s', async ({
  daemon,
}) => {
  test.setTimeout(120_000)
  const main = openClient(daemon)
  // 10 bytes a line: 100 MB.
  const expected = sequence(10_000_000, 19_999_999)
  const id = await startScript(main.client, 'flood', 'stty -echo; printf ready; read go; exec seq 10000000 19999999')
  const all = { session: id, from: { kind: 'offset', offset: 5 }, mode: 'log' } as const
  const ready = readOutput(main.client, { session: id, from: { kind: 'start' }, mode: 'log' })
  await expect.poll(ready.seen).toBe(5)
  ready.stream.stop()

  const links = await Promise.all([openSlowLink(daemon, 50_000), openSlowLink(daemon, 1e9)])
  const clients = Array.from({ length: 11 }, () => openClient(daemon))
  const readers = clients.slice(0, 10).map(({ client }) => readOutput(client, all))
  let stalledOnce = false
  const stalled = readOutput((clients[10] ?? main).client, all, {
    draw: async () => {
      if (!stalledOnce) await new Promise((resolve) => setTimeout(resolve, 10_000))
      stalledOnce = true
    },
  })
  const slow = openClient(daemon, 'after-first', links[0].socketPath)
  const slowTerminal = readOutput(
    slow.client,
    { session: id, from: { kind: 'tail' }, mode: 'attach' },
    { keep: true, maySkip: true },
  )
  const dying = openClient(daemon, 'never', links[1].socketPath)
  const dead = readOutput(dying.client, all)
  // The one that dies does so in the middle.
  const death = expect
    .poll(() => dead.seen(), { intervals: [5] })
    .toBeGreaterThan(MIB)
    .then(() => links[1].cut())

  const before = anonymousBytes(daemon.pid)
  const peak = await peakOf(daemon.pid, async () => {
    await main.client.session.write.mutate({
      session: id,
      data: new TextEncoder().encode('go\n') as Uint8Array<ArrayBuffer>,
    })
    await Promise.all(readers.map(async ({ whole }) => expect(await whole).toEqual(expected)))
    await death
    await expect(dead.whole).rejects.toThrow()
    expect(await stalled.whole).toEqual(expected)
    await slowTerminal.whole
  })
  expect(slowTerminal.skipped()).toBeGreaterThan(80 * MIB)
  expect(slowTerminal.text().endsWith('19999998\r\n19999999\r\n')).toBe(true)
  expect(peak - before).toBeLessThan(160 * MIB)
  for (const { connection } of [main, slow, dying, ...clients]) connection.close()
  for (const link of links) await link.close()
})
