import type { KeyStretching } from '@sallyport/contract/key-stretching'
import type { Secret } from '@sallyport/crypto/secret'
import type { Opaque } from './load-opaque.ts'

/**
 * OPAQUE records of passwords that this process knows as text: from the environment, ephemeral, bootstrap. They have a server setup of their own that is never
 * written anywhere, so nothing on disk verifies such a password (A1).
 */
export interface HeldRecords {
  readonly setup: string
  /** Blocks for one Argon2id the first time. */
  record(text: Secret<string>, subject: string): string
}

export const createHeldRecords = (
  opaque: Opaque,
  how: { readonly serverId: string; readonly stretching: KeyStretching },
): HeldRecords => {
  const setup = opaque.createServerSetup()
  let last: { readonly text: Secret<string>; readonly subject: string; readonly record: string } | undefined
  return {
    setup,
    record: (text, subject) => {
      if (last?.text !== text || last.subject !== subject) {
        const record = opaque.registerPassword({ ...how, setup, subject, password: text.reveal() })
        last = { text, subject, record }
      }
      return last.record
    },
  }
}
