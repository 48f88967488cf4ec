import { createPlainText } from '@sallyport/contract/plain-text'
import { requireRole } from '../../access/admit.ts'
import { AppError } from '../../errors.ts'
import type { OpenConnections } from '../../open-connections.ts'
import type { Caller } from './caller.ts'
import { closeAfter, createClosing } from './closing.ts'
import { type OutputDependencies, takeStreamSlot } from './open-output.ts'
import { type OutputCursor, openOutputCursor } from './output-cursor.ts'

const READ_BYTES = 256 * 1024

export type LogFormat = 'raw' | 'plain'

export interface LogDownload {
  /** Safe in a Content-Disposition header: letters, digits, dots, dashes and underscores. */
  readonly fileName: string
  /** Reads as it is pulled, so the reader's pace is the disk's. Ends at the end that the session had when it was asked for. */
  readonly stream: AsyncIterable<Uint8Array>
}

export interface DownloadCall {
  readonly sessionRef: string
  readonly format: LogFormat
  readonly caller: Pick<Caller, 'connection' | 'actor'>
  /** The request is over: frees the slot even when the stream was never read. */
  readonly signal: AbortSignal
}

export interface DownloadDependencies extends OutputDependencies {
  readonly onAuthSessionEnded: OpenConnections['onAuthSessionEnded']
}

/** Log download over HTTP. It takes a stream slot like a subscription. @throws AppError `not_found`, `ambiguous`, `at_capacity`, `unavailable` */
export const downloadLog = async (deps: DownloadDependencies, call: DownloadCall): Promise<LogDownload> => {
  const { actor } = call.caller
  requireRole(actor, 'viewer')
  const session = await deps.sessions.find(call.sessionRef)
  // A download is no WebSocket that revocation could close (A9).
  const revoked = new AbortController()
  const signal = AbortSignal.any([call.signal, revoked.signal])
  const closing = createClosing(signal, deps.log)
  try {
    closing.add(
      deps.onAuthSessionEnded((id) => {
        if (actor.kind === 'user' && actor.authSessionId === id) revoked.abort()
      }),
    )
    closing.add(takeStreamSlot(deps.slots, call.caller))
    const cursor = await openOutputCursor(deps, session.id)
    closing.add(() => cursor.close())
    if (!session.complete) await cursor.placed()
    const raw = storedBytes(cursor, signal)
    return {
      fileName: `${session.name}-${session.id}.${call.format === 'raw' ? 'log' : 'txt'}`,
      stream: closeAfter(call.format === 'raw' ? raw : plainText(raw), closing.close),
    }
  } catch (error) {
    await closing.close()
    throw error
  }
}

/** Exactly what is kept. What is not leaves no trace here: a raw log is fed to other programs. */
async function* storedBytes(cursor: OutputCursor, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const end = cursor.end()
  let offset = 0
  while (offset < end) {
    // Ending quietly would make half a log look like a whole one.
    if (signal.aborted) throw new AppError('unauthenticated', 'The download was ended.')
    const read = await cursor.read(offset, Math.min(READ_BYTES, end - offset))
    if (read.kind === 'wait' || read.kind === 'end') return
    if (read.kind === 'bytes') {
      yield read.bytes
      offset += read.bytes.byteLength
    } else offset = read.to
  }
}

async function* plainText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const text = createPlainText()
  for await (const chunk of chunks) yield text.push(chunk)
  yield text.end()
}
