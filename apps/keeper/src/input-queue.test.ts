import { closeSync, readSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createInputQueue, INPUT_HIGH_BYTES } from './input-queue.ts'
import { createWakePipe } from './native.ts'
import { createWritableWatch } from './writable-watch.ts'

/** A pipe stands in for the terminal: non-blocking at our end, full after 64 KiB, read by the test. */
const openQueue = () => {
  const pipe = createWakePipe()
  const congestion: boolean[] = []
  const queue = createInputQueue({
    fd: pipe.writeFd,
    watch: createWritableWatch(),
    onCongestionChange: (congested) => congestion.push(congested),
  })
  onTestFinished(() => {
    queue.close()
    closeSync(pipe.writeFd)
    closeSync(pipe.readFd)
  })
  const read = (bytes: number) => {
    const buffer = Buffer.alloc(bytes)
    return buffer.subarray(0, readSync(pipe.readFd, buffer))
  }
  return { queue, congestion, read }
}

const readAll = async (read: (bytes: number) => Buffer, queue: { readonly queuedBytes: number }): Promise<Buffer> => {
  const pieces: Buffer[] = []
  while (queue.queuedBytes > 0) {
    pieces.push(read(65_536))
    const before = queue.queuedBytes
    await expect.poll(() => queue.queuedBytes, { interval: 1 }).toBeLessThan(before)
  }
  pieces.push(read(1024 * 1024))
  return Buffer.concat(pieces)
}

test('keys that wait keep their order, also behind and before large pieces', async () => {
  const { queue, read } = openQueue()
  const sent: Buffer[] = [Buffer.alloc(65_536, 'full ')]
  for (let count = 0; count < 3000; count += 1) {
    sent.push(Buffer.from(`${count};`))
    if (count % 1000 === 500) sent.push(Buffer.alloc(10_000, `${count} `))
  }
  for (const bytes of sent) expect(queue.push(bytes)).toBe(true)
  expect((await readAll(read, queue)).equals(Buffer.concat(sent))).toBe(true)
})

test('with nothing waiting, a key is with the program when push returns', () => {
  const { queue, read } = openQueue()
  queue.push(Buffer.from('a'))
  queue.push(Buffer.from('b'))
  expect(read(10).toString()).toBe('ab')
})

test('a slow reader holds the sender back, and lets it go on when half is read', async () => {
  const { queue, congestion, read } = openQueue()
  for (let sent = 0; sent <= INPUT_HIGH_BYTES + 65_536; sent += 65_536) queue.push(Buffer.alloc(65_536))
  expect(congestion).toEqual([true])
  await readAll(read, queue)
  expect(congestion).toEqual([true, false])
})

test('a closed queue takes nothing and holds nobody back', () => {
  const { queue, congestion } = openQueue()
  for (let sent = 0; sent <= INPUT_HIGH_BYTES + 65_536; sent += 65_536) queue.push(Buffer.alloc(65_536))
  queue.close()
  expect(congestion).toEqual([true, false])
  expect(queue.queuedBytes).toBe(0)
  expect(queue.push(Buffer.from('x'))).toBe(false)
})
