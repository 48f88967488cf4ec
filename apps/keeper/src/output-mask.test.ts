import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createMasker, HOLD_BACK_MS } from '@sallyport/session-log/masking/masker'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { BLOCK_BYTES, createOutputCoalescer } from './output-coalescer.ts'
import { createOutputMask, type OutputMask } from './output-mask.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What the turn of the loop for reads takes on the clock of these tests. */
const READS_MS = 1
const SECRET = 'ghp_0123456789'

const open = async (
  name = 'TOKEN',
  value = SECRET,
  pushGathered: () => void = () => undefined,
): Promise<{ mask: OutputMask; emitted: Buffer[]; text(): string }> => {
  const masker = await createMasker([{ name, value }])
  if (masker === undefined) throw new Error('nothing to mask')
  const emitted: Buffer[] = []
  const now = () => performance.now()
  const mask = createOutputMask({ masker, emit: (bytes) => emitted.push(bytes), pushGathered, now })
  return { mask, emitted, text: () => Buffer.concat(emitted).toString('latin1') }
}

test('output without a secret in it goes on at once, as the buffer that came', async () => {
  const { mask, emitted } = await open()
  const bytes = Buffer.from('nothing of interest')
  mask.push(bytes)
  expect(emitted[0]?.buffer).toBe(bytes.buffer)
  expect(emitted[0]).toEqual(bytes)
  expect(vi.getTimerCount()).toBe(0)
})

test('a beginning that nothing follows passes after half a second, by one timer', async () => {
  const { mask, text } = await open()
  mask.push(Buffer.from('a ghp_'))
  expect(text()).toBe('a ')
  for (const byte of '0123') {
    vi.advanceTimersByTime(HOLD_BACK_MS - 100)
    mask.push(Buffer.from(byte))
    expect(vi.getTimerCount()).toBe(1)
  }
  expect(text()).toBe('a ')
  vi.advanceTimersByTime(HOLD_BACK_MS - 1)
  expect(text()).toBe('a ')
  vi.advanceTimersByTime(1 + READS_MS)
  expect(text()).toBe('a ghp_0123')
  expect(vi.getTimerCount()).toBe(0)
  mask.push(Buffer.from('456789!'))
  expect(text()).toBe('a ghp_0123[secret:TOKEN]!')
})

test('while the program is not read nothing passes, and half a second begins anew when it is', async () => {
  const { mask, text } = await open()
  mask.push(Buffer.from('a ghp_'))
  mask.pause()
  expect(vi.getTimerCount()).toBe(0)
  // What is drained after the end of the program.
  mask.push(Buffer.from('0'))
  vi.advanceTimersByTime(10 * HOLD_BACK_MS)
  mask.resume()
  vi.advanceTimersByTime(HOLD_BACK_MS - 1)
  expect(text()).toBe('a ')
  mask.push(Buffer.from('123456789 ghp_'))
  expect(text()).toBe('a [secret:TOKEN] ')
  mask.pause()
  vi.advanceTimersByTime(10 * HOLD_BACK_MS)
  mask.resume()
  vi.advanceTimersByTime(HOLD_BACK_MS - 1)
  expect(text()).toBe('a [secret:TOKEN] ')
  vi.advanceTimersByTime(1 + READS_MS)
  expect(text()).toBe('a [secret:TOKEN] ghp_')
  expect(vi.getTimerCount()).toBe(0)
})

test('a pause between the deadline and the reads that come before it lets nothing pass', async () => {
  const { mask, text } = await open()
  mask.push(Buffer.from('ghp_'))
  vi.runOnlyPendingTimers()
  mask.pause()
  vi.advanceTimersByTime(HOLD_BACK_MS)
  mask.resume()
  mask.push(Buffer.from('0123456789'))
  expect(text()).toBe('[secret:TOKEN]')
})

const socketPair = async (): Promise<{ near: Socket; far: Socket }> => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const far = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [near] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  return { near, far }
}

const stall = (ms: number) => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

// The second: what follows is so much that it is gathered for a while before it comes here.
test.each([0, 3000])(
  'a stall of the event loop between two pieces of a secret shows nothing of it (%i bytes)',
  async (more) => {
    vi.useRealTimers()
    const { near, far } = await socketPair()
    far.setNoDelay(true)
    const now = () => performance.now()
    const { mask, text } = await open('TOKEN', SECRET, () => coalescer.flush())
    const gathered = new EventEmitter()
    const coalescer = createOutputCoalescer({
      now,
      emit: (bytes) => {
        mask.push(bytes)
        if (bytes.includes('789')) gathered.emit('all')
      },
    })
    let isFirst = true
    near.on('data', (bytes: Buffer) => {
      coalescer.push(bytes)
      if (!isFirst) return
      isFirst = false
      // Into the kernel at once; it is read when the loop goes on.
      far.write(`3456789${'.'.repeat(more)}`)
      stall(HOLD_BACK_MS + 200)
    })
    far.write('a ghp_012')
    await once(gathered, 'all')
    expect(text()).toBe(`a [secret:TOKEN]${'.'.repeat(more)}`)
  },
)

test('what waits at the end comes, and no timer stays', async () => {
  const { mask, text } = await open()
  mask.push(Buffer.from('ghp_012'))
  mask.end()
  expect(text()).toBe('ghp_012')
  expect(vi.getTimerCount()).toBe(0)
})

test('masks that are longer than what they replace come in blocks that fit into a frame', async () => {
  const { mask, emitted, text } = await open('N'.repeat(255), 'secret')
  mask.push(Buffer.from('secret.'.repeat(9000)))
  expect(Math.max(...emitted.map(({ length }) => length))).toBe(BLOCK_BYTES)
  expect(emitted.length).toBeLessThan(40)
  expect(text()).toBe(`[secret:${'N'.repeat(255)}].`.repeat(9000))
})
