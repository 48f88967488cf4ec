import { join } from 'node:path'
import { openSessionLog } from '@sallyport/session-log/session-log-reader'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { STREAM_MAX_QUEUED_BYTES } from './output-watch.ts'
import { type BuiltKeeper, buildKeeper } from './testing/build-keeper.ts'
import { isPartOf, type KeeperClient } from './testing/keeper-client.ts'
import { recordedBytes } from './testing/recorded-bytes.ts'
import { startKeeperWithDaemon } from './testing/start-keeper.ts'

let built: BuiltKeeper
beforeAll(async () => {
  built = await buildKeeper()
})
afterAll(() => built.remove())

const numbers = (count: number) => Array.from({ length: count }, (_, at) => `${at + 1}\r\n`).join('')

/** One line of 100 bytes with its number, as the terminal shows it. */
const burst = (lines: number) =>
  Array.from({ length: lines }, (_, at) => `${String(at + 1).padStart(99, '.')}\r\n`).join('')
const burstScript = (lines: number) =>
  `exec awk 'BEGIN { for (i = 1; i <= ${lines}; i++) { s = sprintf("%99d", i); gsub(/ /, ".", s); print s } }'`

const watchToEnd = async (client: KeeperClient, script: string) => {
  const frames = await client.openFrames()
  const session = await client.bash(script)
  const output = frames.watch(session.handle)
  await frames.until(() => output.completeAt !== undefined)
  frames.stream.destroy()
  // Below what the stream holds nothing may be skipped. Above it a test that was held up finds the rest where the daemon does: in the log.
  if (output.end <= STREAM_MAX_QUEUED_BYTES) {
    expect(output.gaps).toEqual([])
    expect(output.start ?? 0).toBe(0)
  }
  const [kept] = (await client.control.list.query()).filter(({ id }) => id === session.id)
  return { id: session.id, output, kept }
}

test.each([
  { name: '1000 lines and exit 3', script: 'seq 1 1000; exit 3', expected: () => numbers(1000), code: 3, runs: 40 },
  { name: '200 lines', script: 'seq 1 200', expected: () => numbers(200), code: 0, runs: 40 },
  { name: '1 MB', script: burstScript(10_000), expected: () => burst(10_000), code: 0, runs: 12 },
  { name: '10 MB', script: burstScript(100_000), expected: () => burst(100_000), code: 0, runs: 4 },
])(
  'a program that prints $name and exits at once loses no byte beside a busy session',
  async ({ script, expected, code, runs }) => {
    const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
    await client.bash('while :; do echo busy; done')
    const wanted = Buffer.from(expected())
    for (let run = 0; run < runs; run += 1) {
      const { id, output, kept } = await watchToEnd(client, script)
      expect(kept?.exit).toEqual({ code, signal: null })
      expect(kept?.end).toBe(wanted.length)
      expect(output.end).toBe(wanted.length)
      // Not toEqual: a diff of 10 MB takes minutes.
      expect((await recordedBytes(keeper.dataDir, id)).equals(wanted)).toBe(true)
      expect(isPartOf(wanted, output)).toBe(true)
      await client.control.forget.mutate({ id })
    }
  },
)

test('what is printed before the exit is drained when the exit is reported, with a child still holding the terminal', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash('trap "" HUP; sleep 1000 & seq 1 1000; exit 0')
  const exited = await client.until(session.id, ({ state }) => state === 'exited')
  expect(exited.end).toBe(numbers(1000).length)
  expect(exited.complete).toBe(false)
})

test('a background child that keeps the terminal is recorded until it closes it', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash(
    'trap "" HUP; (for i in 1 2 3; do sleep 0.1; echo later $i; done; seq 1 3000) & echo root',
  )
  const exited = await client.until(session.id, ({ state }) => state === 'exited')
  expect(exited.complete).toBe(false)
  await client.until(session.id, ({ complete }) => complete)
  const text = (await recordedBytes(keeper.dataDir, session.id)).toString()
  expect(text).toBe(`root\r\nlater 1\r\nlater 2\r\nlater 3\r\n${numbers(3000)}`)
})

test('a background child that says nothing for 5 s does not keep the log open', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash('trap "" HUP; sleep 1000 &')
  const complete = await client.until(session.id, (kept) => kept.complete)
  expect(Date.now() - (complete.exitedAt ?? 0)).toBeGreaterThan(4900)
  expect(Date.now() - (complete.exitedAt ?? 0)).toBeLessThan(7000)
})

test('how a session ended stands in its log, for readers that come after the keeper', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash('printf 12345; kill -9 $$')
  await client.until(session.id, ({ complete }) => complete)
  const reader = await openSessionLog(join(keeper.dataDir, 'logs', session.id))
  expect(await reader.info()).toMatchObject({ end: 5, complete: true, exit: { code: null, signal: 'SIGKILL' } })
  await reader.close()
})

test('a root that closes its terminal and opens it again goes on being recorded', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash('echo one; exec <&- >&- 2>&-; sleep 0.2; exec >/dev/tty; echo two')
  await client.until(session.id, ({ complete }) => complete)
  expect((await recordedBytes(keeper.dataDir, session.id)).toString()).toBe('one\r\ntwo\r\n')
})
