import { AppError } from '../../../errors.ts'

export type Opaque = typeof import('@sallyport/crypto/opaque')

/** 100 ms of WASM that the first HTTP answer does not wait for (V5): loaded by the first sign-in, once. */
export const loadOpaque = async (): Promise<Opaque> => {
  const opaque = await import('@sallyport/crypto/opaque')
  await opaque.opaqueReady
  return opaque
}

/** What no correct client sends is the client's fault: a 400. */
export const refusingMessages = <T>(opaque: Opaque, call: () => T): T => {
  try {
    return call()
  } catch (cause) {
    if (!(cause instanceof opaque.OpaqueMessageError)) throw cause
    throw new AppError('bad_request', 'The request is not valid.', { cause })
  }
}
