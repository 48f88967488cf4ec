import { Decoder, Encoder } from 'cbor-x'

/**
 * The binary encoding of every WebSocket message (RFC 8949 CBOR): Uint8Array travels as a byte string, so terminal output is never
 * base64 or UTF-8 on the way. Records are off: a frame must be readable without the frames before it.
 */
const options = { useRecords: false, tagUint8Array: false, mapsAsObjects: true, variableMapSize: true } as const
const encoder = new Encoder(options)
const decoder = new Decoder(options)

/** What tRPC calls `experimental_encoder`, on both ends of a WebSocket. `decode` throws on anything that is not one CBOR item. */
export const cborCodec = {
  encode: (value: unknown): Uint8Array => encoder.encode(value),
  decode: (data: string | ArrayBuffer | Uint8Array): unknown => {
    if (typeof data === 'string') throw new TypeError('expected a binary frame')
    return decoder.decode(data instanceof Uint8Array ? data : new Uint8Array(data))
  },
}
