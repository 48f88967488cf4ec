import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltKeeper, buildKeeper } from './testing/build-keeper.ts'
import { isPartOf } from './testing/keeper-client.ts'
import { recordedBytes } from './testing/recorded-bytes.ts'
import { startKeeperWithDaemon } from './testing/start-keeper.ts'

let built: BuiltKeeper
beforeAll(async () => {
  built = await buildKeeper()
})
afterAll(() => built.remove())

const MIB = 1024 * 1024
const LINES = 1_000_000
const script = `read -r go; exec awk 'BEGIN { for (i = 1; i <= ${LINES}; i++) printf "%099d\\n", i }'`

const residentBytes = async (pid: number): Promise<number> =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

test('a daemon that stops reading costs bounded memory, holds nobody back and loses nothing', async () => {
  const { keeper, client } = await startKeeperWithDaemon(built.keeperPath)
  const flood = await client.bash(script)
  const frames = await client.openFrames()
  const output = frames.watch(flood.handle)
  await frames.until(() => output.tips.length > 0)
  const before = await residentBytes(keeper.pid)

  frames.input(flood.handle, 'go\n')
  frames.stream.pause()
  const ended = await client.until(flood.id, ({ complete }) => complete)
  expect(ended.end).toBeGreaterThan(LINES * 101)
  // 101 MB were printed. The stream holds 256 KiB and the tail 1 MiB; the rest is what the garbage collector leaves lying around.
  expect((await residentBytes(keeper.pid)) - before).toBeLessThan(40 * MIB)

  frames.stream.resume()
  await frames.until(() => output.completeAt !== undefined)
  expect(output.tips.at(-1)).toBe(ended.end)
  expect(output.end).toBe(ended.end)
  expect(output.gaps).toHaveLength(1)
  const recorded = await recordedBytes(keeper.dataDir, flood.id)
  expect(recorded.length).toBe(ended.end)
  // Pushed and recorded bytes are the same bytes, on both sides of the gap.
  expect(isPartOf(recorded, output)).toBe(true)
})

test('a watch from an offset continues there, and a complete session answers with its end', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const session = await client.bash('printf 0123456789')
  await client.until(session.id, ({ complete }) => complete)
  const frames = await client.openFrames()
  const output = frames.watch(session.handle, 4)
  await frames.until(() => output.completeAt !== undefined)
  expect(output.start).toBe(4)
  expect(Buffer.concat(output.chunks).toString()).toBe('456789')
  expect(output.completeAt).toBe(10)
})

test('only watched sessions are pushed', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const frames = await client.openFrames()
  let receivedBytes = 0
  frames.stream.on('data', (chunk) => {
    receivedBytes += chunk.length
  })
  const session = await client.bash('seq 1 10000')
  await client.until(session.id, ({ complete }) => complete)
  const small = await client.bash('printf x')
  const output = frames.watch(small.handle)
  await frames.until(() => output.completeAt !== undefined)
  expect(receivedBytes).toBeLessThan(200)
})

test('an ended session is listed until it is forgotten, a live one cannot be', async () => {
  const { client } = await startKeeperWithDaemon(built.keeperPath)
  const live = await client.bash('sleep 1000')
  const ended = await client.bash('exit 4')
  await client.until(ended.id, ({ complete }) => complete)
  expect(await client.control.list.query()).toHaveLength(2)
  await expect(client.control.forget.mutate({ id: live.id })).rejects.toThrow('has not ended')
  await client.control.forget.mutate({ id: ended.id })
  await expect(client.control.resize.mutate({ id: ended.id, cols: 80, rows: 24 })).rejects.toThrow('no session')
  expect((await client.control.list.query()).map(({ id }) => id)).toEqual([live.id])
})
