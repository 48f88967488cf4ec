import type { IncomingMessage, RequestListener } from 'node:http'
import type { Log } from '@sallyport/api/api-dependencies'
import express, { type NextFunction, type Request, type Response } from 'express'
import type { Arrival } from './connection-facts.ts'
import { serveLogDownload } from './log-download.ts'
import { createPages } from './pages.ts'
import type { ServedApi } from './served-api.ts'
import { serveTrpcOverHttp } from './trpc-over-http.ts'

export interface ApplicationOptions {
  /** Resolves when the api is loaded; pages do not wait for it. */
  readonly api: () => Promise<ServedApi>
  readonly webDirectory: string
  readonly log: Log
  /** What the gate knows of a request that it let through. */
  readonly arrivalOf: (request: IncomingMessage) => Arrival
}

/** What is served over HTTP behind the gate. Express is loaded with this file, on the first request that needs it: it costs 100 ms. */
export const createApplication = ({ api, webDirectory, log, arrivalOf }: ApplicationOptions): RequestListener => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.set('query parser', 'simple')

  app.use('/trpc', async (request: Request, response: Response) => {
    const call = { request, response, path: request.path.slice(1), arrival: arrivalOf(request) }
    await serveTrpcOverHttp(call, await api(), log)
  })
  app.get('/sessions/:ref/log', async (request, response) =>
    serveLogDownload(request, response, arrivalOf(request), await api()),
  )
  app.use(createPages(webDirectory))

  // Express's own handler prints stacks; ours tells people a sentence and the log the rest.
  app.use(
    async (
      error: Error & { status?: number; code?: string },
      request: Request,
      response: Response,
      _next: NextFunction,
    ) => {
      if (response.headersSent || error.code === 'ERR_STREAM_PREMATURE_CLOSE') {
        response.destroy()
        return
      }
      const { status, sentence } = await describe(error, api, log)
      if (status === 500) log.error('a request failed', { path: request.path, error })
      response.status(status).type('text/plain').send(`${sentence}\n`)
    },
  )
  return app
}

const describe = async (
  error: Error & { status?: number },
  api: () => Promise<ServedApi>,
  log: Log,
): Promise<{ status: number; sentence: string }> => {
  // Express and its file server mark their refusals (bad percent encoding, paths that climb) with a status.
  if (typeof error.status === 'number' && error.status >= 400 && error.status < 500)
    return { status: error.status, sentence: 'There is nothing at this address.' }
  return api().then(
    (loaded) => loaded.describeError(error),
    (cause) => {
      log.error('the api is not there', { error: cause })
      return { status: 503, sentence: 'The daemon cannot serve this right now; `sallyport daemon status` says why.' }
    },
  )
}
