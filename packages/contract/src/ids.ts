import { z } from 'zod'

/** Lower-case Crockford base 32: no i, l, o, u, so an id can be read aloud. */
export const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
export const ID_LENGTH = 12

const idPattern = new RegExp(`^[${ID_ALPHABET}]{${ID_LENGTH}}$`)

/** 12 characters, 60 random bits. Unique in one data dir, not a secret. */
export const sessionId = z.string().regex(idPattern)
export const authSessionId = z.string().regex(idPattern)

/** A name is typed into shells and shown in lists: no spaces, no control characters, no leading dash. */
export const sessionName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name has 1 to 64 letters, digits, dots, dashes or underscores and starts with a letter or digit',
  )

/** What a person may type for a session: its id, a unique prefix of it (4 or more characters), or its name. */
export const sessionRef = z.string().min(1).max(64)

/** Chosen by the client for one attached terminal; it is bound to the connection that opened it. */
export const viewerId = z.string().regex(/^[A-Za-z0-9_-]{8,40}$/)

/** A count of bytes since a session began. */
export const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const isoTime = z.iso.datetime()
