/**
 * The yardstick: the least that a server can do to put a terminal on a WebSocket. `ws` and node-pty, binary frames, coalesced as FACTS.md found best (flush at
 * 64 KiB or after 4 ms, at once while little went out). No log, no access control, no acknowledgements. One program per server, every client sees it.
 *
 *     node bare-server.js <program> [argument…]      prints one line {"port"}
 */
import { spawn } from '@lydell/node-pty'
import { WebSocketServer } from 'ws'

const WINDOW_MS = 4
const FLUSH_BYTES = 64 * 1024
const IMMEDIATE_BYTES = 2 * 1024

const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('usage: bare-server <program> [argument…]')

const pty = spawn(program, args, {
  name: 'xterm-256color',
  cols: 80,
  rows: 24,
  encoding: null,
  cwd: process.cwd(),
  env: process.env,
})
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })

let queue: Buffer[] = []
let queuedBytes = 0
let sentInWindow = 0
let windowOpen = false

const flush = (): void => {
  if (queuedBytes === 0) return
  const frame = queue.length === 1 && queue[0] ? queue[0] : Buffer.concat(queue, queuedBytes)
  sentInWindow += queuedBytes
  queue = []
  queuedBytes = 0
  for (const client of server.clients) client.send(frame, { binary: true })
}

// node-pty types data as string; with `encoding: null` it is a Buffer.
pty.onData((data) => {
  const chunk = data as unknown as Buffer
  queue.push(chunk)
  queuedBytes += chunk.length
  if (!windowOpen) {
    windowOpen = true
    setTimeout(() => {
      windowOpen = false
      sentInWindow = 0
      flush()
    }, WINDOW_MS)
  }
  if (queuedBytes >= FLUSH_BYTES || sentInWindow + queuedBytes <= IMMEDIATE_BYTES) flush()
})

server.on('connection', (socket) => {
  socket.on('message', (data) => pty.write((data as Buffer).toString()))
})
server.on('listening', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  process.stdout.write(`${JSON.stringify({ port: address.port })}\n`)
})
process.on('SIGTERM', () => process.exit(0))
