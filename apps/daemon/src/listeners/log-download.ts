import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { Arrival } from './connection-facts.ts'
import type { ServedApi } from './served-api.ts'
import { httpConnection } from './trpc-over-http.ts'

/** A reader that takes nothing for this long gives its stream slot back. */
const STALLED_AFTER_MS = 60_000

/** `GET /sessions/<ref>/log?format=raw|plain`: the whole log as an attachment, read from disk no faster than the client takes it. */
export const serveLogDownload = async (
  request: Request,
  response: Response,
  arrival: Arrival,
  api: ServedApi,
): Promise<void> => {
  const format = request.query.format ?? 'raw'
  if (format !== 'raw' && format !== 'plain') {
    response.status(400).type('text/plain').send('format is raw or plain\n')
    return
  }
  const over = new AbortController()
  response.once('close', () => over.abort())
  const connection = httpConnection(request, response, arrival)
  const { fileName, stream } = await api.downloadLog(connection, String(request.params.ref), format, over.signal)
  // Never rendered: terminal output is hostile, and may well be a page with a script in it.
  response.setHeader('Content-Type', format === 'raw' ? 'application/octet-stream' : 'text/plain; charset=utf-8')
  response.setHeader('Content-Disposition', `attachment; filename="${fileName.replace(/[^A-Za-z0-9._-]/g, '_')}"`)
  response.setTimeout(STALLED_AFTER_MS, () => response.destroy())
  // pipeline destroys the source when the client goes away, which ends the generator and frees its slot.
  await pipeline(Readable.from(stream, { objectMode: false }), response)
}
