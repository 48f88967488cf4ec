import type { Duplex } from 'node:stream'
import { cborCodec } from '@sallyport/contract/codec'
import type { WebSocket } from 'ws'

/** Below this a copy costs less than one buffer more in the system call. */
const MIN_BYTES = 8 * 1024
const EMPTY = new Uint8Array(0)
/** RFC 8949: the empty byte string, and the initial byte of one with a length of 32 bits. */
const CBOR_EMPTY_BYTES = 0x40
const CBOR_BYTES_32 = 0x5a
const CBOR_LENGTH_BYTES = 4
/** RFC 6455 5.2: FIN and opcode 2; a server does not mask. */
const FINAL_BINARY = 0x82
const LENGTH_16 = 126
const LENGTH_64 = 127
const HEADER_MAX_BYTES = 10

interface BytesMessage {
  readonly id: unknown
  readonly result: {
    readonly type: 'data'
    readonly id: string
    readonly data: { readonly id: string; readonly data: BytesEvent }
  }
}
interface BytesEvent {
  readonly bytes: Uint8Array
}

/** tRPC's message for one tracked event that carries enough `bytes`. */
const isBytesMessage = (message: unknown): message is BytesMessage => {
  const result = (message as Partial<BytesMessage> | null)?.result
  const bytes = result?.id === undefined ? undefined : result.data?.data?.bytes
  return bytes instanceof Uint8Array && bytes.byteLength >= MIN_BYTES
}

/** Everything but the payload, which is moved to the end at each level: maps have no order, and the byte string's content can follow as it is. */
const encodeHead = ({ id, result }: BytesMessage): Buffer => {
  const { bytes, ...event } = result.data.data
  const data = { id: result.data.id, data: { ...event, bytes: EMPTY } }
  const encoded = cborCodec.encode({ id, result: { type: result.type, id: result.id, data } })
  const last = encoded.byteLength - 1
  if (encoded[last] !== CBOR_EMPTY_BYTES) throw new Error('the encoder did not write the payload last')

  const messageBytes = encoded.byteLength + CBOR_LENGTH_BYTES + bytes.byteLength
  const head = Buffer.allocUnsafe(HEADER_MAX_BYTES + encoded.byteLength + CBOR_LENGTH_BYTES)
  let at = writeFrameHeader(head, messageBytes)
  head.set(encoded, at)
  at += last
  head[at] = CBOR_BYTES_32
  at = head.writeUInt32BE(bytes.byteLength, at + 1)
  return head.subarray(0, at)
}

/** Returns the length of the header. The message is longer than MIN_BYTES, so the 7-bit form is never right. */
const writeFrameHeader = (head: Buffer, messageBytes: number): number => {
  head[0] = FINAL_BINARY
  head[1] = messageBytes < 0x1_0000 ? LENGTH_16 : LENGTH_64
  return messageBytes < 0x1_0000 ? head.writeUInt16BE(messageBytes, 2) : head.writeBigUInt64BE(BigInt(messageBytes), 2)
}

/**
 * The encoder for one connection, and its `send` changed to match: terminal output leaves as one WebSocket message of two buffers, a small head of its own and
 * the payload, which all viewers in step share and nobody copies. (tRPC encodes per viewer, and `ws` sends one buffer per message; both copies together were most
 * of what ten viewers cost.) All else goes the usual way.
 */
export const sendPayloadsUncopied = (ws: WebSocket, socket: Duplex): ((message: unknown) => Uint8Array) => {
  const payloads = new WeakMap<Uint8Array, Uint8Array>()
  const send = ws.send.bind(ws) as (data: Parameters<WebSocket['send']>[0]) => void

  ws.send = (data: Parameters<WebSocket['send']>[0]) => {
    const payload = data instanceof Uint8Array ? payloads.get(data) : undefined
    if (payload === undefined) return send(data)
    if (ws.readyState !== ws.OPEN) return
    // Without compression `ws` writes each frame at once, so ours cannot land inside one of its own.
    socket.cork()
    socket.write(data)
    socket.write(payload)
    socket.uncork()
  }

  return (message) => {
    if (!isBytesMessage(message)) return cborCodec.encode(message)
    const head = encodeHead(message)
    payloads.set(head, message.result.data.data.bytes)
    return head
  }
}
