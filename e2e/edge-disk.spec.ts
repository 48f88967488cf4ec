import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { canMount, mountSmallDisk } from './fixtures/small-disk.ts'
import { openClient, readOutput, startScript } from './fixtures/socket-client.ts'
import { test } from './fixtures/test.ts'

const MIB = 1024 * 1024
const bytesOf = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>

test.skip(!canMount, 'a full disk needs a mount, and a mount needs root')

for (const { name, config, leave, sentence } of [
  {
    name: 'below the guard',
    config: 'log:\n  min_free_bytes: 8MiB\n',
    leave: 6 * MIB,
    sentence: /less than 8\.0 MiB free.*resumes by itself/s,
  },
  {
    name: 'until write() fails',
    config: 'log:\n  min_free_bytes: 0\n',
    leave: 0,
    sentence: /no space left.*resumes by itself/s,
  },
]) {
  test(`a disk that is full, ${name}: sessions and live viewing go on, the list says why, and recording resumes`, async ({
    daemon,
  }) => {
    test.setTimeout(60_000)
    await daemon.endAll()
    const disk = await mountSmallDisk(daemon, 32)
    try {
      await writeFile(join(daemon.dataDir, 'config.yaml'), config)
      await daemon.start()
      const { client, connection } = openClient(daemon)
      const id = await startScript(client, 'talker', 'stty -echo; while read line; do seq -f "$line %g" 1 200; done')
      const say = (word: string) => client.session.write.mutate({ session: id, data: bytesOf(`${word}\n`) })
      const get = async () => (await client.session.get.query({ session: id })).session
      const live = readOutput(
        client,
        { session: id, from: { kind: 'tail' }, mode: 'attach', size: { cols: 80, rows: 24 } },
        { keep: true, maySkip: true },
      )
      await say('before')
      await expect.poll(live.text).toContain('before 200\r\n')

      await disk.fill(leave)
      await expect
        .poll(
          async () => {
            await say('full')
            return (await get()).recordingPaused
          },
          { intervals: [300] },
        )
        .toMatch(sentence)
      expect(JSON.parse(await daemon.ok('list', '--json')).sessions[0].recordingPaused).toMatch(sentence)
      await say('unrecorded')
      await expect.poll(live.text).toContain('unrecorded 200\r\n')
      // One more can watch live as well, from memory. (A terminal is attached only when its row is in the audit log, which needs the disk.)
      const second = readOutput(client, { session: id, from: { kind: 'lines', count: 1 }, mode: 'log' }, { keep: true })
      await say('also')
      await expect.poll(second.text).toContain('also 200\r\n')
      second.stream.stop()

      await disk.empty()
      await expect
        .poll(
          async () => {
            await say('room')
            return (await get()).recordingPaused
          },
          { intervals: [300], timeout: 20_000 },
        )
        .toBeNull()
      await say('after')
      await expect.poll(live.text).toContain('after 200\r\n')
      await expect.poll(async () => (await daemon.cli('logs', 'talker')).stdout).toContain('after 200\n')
      // The memory of this daemon still has what the disk did not take; that of the next one has not.
      live.stream.stop()
      await daemon.end('SIGTERM')
      await daemon.start()
      const logs = await daemon.cli('logs', 'talker')
      expect(logs.stdout).toContain('before 1\n')
      expect(logs.stderr).toMatch(/not in the log: paused/)
      connection.close()
      await daemon.ok('daemon', 'stop', '--all')
    } finally {
      await disk.unmount()
    }
  })
}

test('a disk that is full under the database: changes are refused with a sentence, reading and typing go on, and all works when space is back', async ({
  daemon,
}) => {
  test.setTimeout(60_000)
  await daemon.endAll()
  const disk = await mountSmallDisk(daemon, 16)
  try {
    await writeFile(join(daemon.dataDir, 'config.yaml'), 'log:\n  min_free_bytes: 0\n')
    await daemon.start()
    await daemon.ok('start', '--name', 'kept', '--', 'sh', '-c', 'stty -echo; echo up; read x; echo got $x; exit 9')
    await disk.fill()
    let refused = await daemon.cli('start', '--', 'true')
    for (let attempt = 0; attempt < 200 && refused.code === 0; attempt += 1) {
      await disk.fill()
      refused = await daemon.cli('start', '--', 'true')
    }
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/disk/i)
    expect(refused.stderr).not.toMatch(/Something went wrong/)
    const stop = await daemon.cli('kill', 'kept')
    expect(stop.code).toBe(1)
    expect(stop.stderr).toMatch(/disk/i)
    expect((await daemon.cli('list')).code).toBe(0)
    expect((await daemon.cli('daemon', 'status')).stdout + (await daemon.cli('daemon', 'status')).stderr).toMatch(
      /audit log cannot be written/,
    )
    const waiting = daemon.cli('wait', 'kept')
    await daemon.ok('send', 'kept', 'typed')
    expect((await waiting).code).toBe(9)
    await disk.empty()
    await daemon.ok('start', '--name', 'next', '--', 'sleep', '1000')
    await daemon.end('SIGKILL')
    await daemon.start()
    expect((await daemon.cli('wait', 'kept')).code).toBe(9)
    expect(JSON.parse(await daemon.ok('get', 'kept', '--json')).session).toMatchObject({ state: 'exited', exitCode: 9 })
    await daemon.ok('daemon', 'stop', '--all')
  } finally {
    await disk.unmount()
  }
})
