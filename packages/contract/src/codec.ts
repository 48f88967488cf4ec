import { Decoder, Encoder } from 'cbor-x'
import { assertBoundedCbor } from './cbor-bounds.ts'

/**
 * The binary encoding of every WebSocket message (RFC 8949 CBOR): Uint8Array travels as a byte string, so terminal output is never
 * base64 or UTF-8 on the way. Records are off: a frame must be readable without the frames before it.
 */
const options = { useRecords: false, tagUint8Array: false, mapsAsObjects: true, variableMapSize: true } as const
const encoder = new Encoder(options)
const decoder = new Decoder(options)

/**
 * What tRPC calls `experimental_encoder`, on both ends of every WebSocket. `decode` throws on anything that is not exactly one CBOR item within
 * the bounds: whoever decodes (daemon, keeper, command line, page), a peer that went bad cannot make it run code or allocate by announcement.
 */
export const cborCodec = {
  // cbor-x allocates ordinary buffers only, never shared ones; its types do not say so.
  encode: (value: unknown): Uint8Array<ArrayBuffer> => encoder.encode(value) as Uint8Array<ArrayBuffer>,
  decode: (data: string | ArrayBuffer | Uint8Array): unknown => {
    if (typeof data === 'string') throw new TypeError('expected a binary frame')
    const bytes = data instanceof Uint8Array ? data : new Uint8Array(data)
    assertBoundedCbor(bytes)
    return decoder.decode(bytes)
  },
}
