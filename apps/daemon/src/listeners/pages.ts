import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import express, { type Request, type Response, type Router } from 'express'
import { freshNonce, pageContentSecurityPolicy, signInWorkerContentSecurityPolicy } from './headers.ts'
import { messagePage } from './message-page.ts'
import { pagePath } from './page-paths.ts'

/** Files at the root of the build that are no page: icons, manifest. index.html only goes out with a nonce in it. */
const rootFile = /^\/[a-z0-9][a-z0-9-]*\.(?:svg|png|ico|txt|webmanifest)$/

/** The build names the chunk of the sign-in worker so. */
const signInWorker = /\/assets\/sign-in-worker-[A-Za-z0-9_-]+\.js$/

const NONCE_PLACEHOLDER = '__CSP_NONCE__'

const sendPage = (response: Response, status: number, html: string): void =>
  void response.status(status).type('html').send(html)

/** The dashboard's files: hashed assets that never change, and index.html with a fresh nonce for every load. */
export const createPages = (webDirectory: string): Router => {
  const router = express.Router({ caseSensitive: true, strict: true })
  let index: Promise<string> | undefined
  const readIndex = (): Promise<string> => {
    index ??= readFile(join(webDirectory, 'index.html'), 'utf8').catch((error: Error) => {
      // Not remembered: somebody may be building it right now.
      index = undefined
      throw error
    })
    return index
  }

  const staticFiles = (directory: string, cacheControl: string) =>
    express.static(directory, {
      index: false,
      redirect: false,
      dotfiles: 'ignore',
      cacheControl: false,
      setHeaders: (response, path) => {
        response.setHeader('Cache-Control', cacheControl)
        // A worker takes its policy from the response of its own script.
        response.setHeader(
          'Content-Security-Policy',
          signInWorker.test(path) ? signInWorkerContentSecurityPolicy : pageContentSecurityPolicy(),
        )
      },
    })

  const page = async (_request: Request, response: Response): Promise<void> => {
    const html = await readIndex().catch(() => undefined)
    if (html === undefined) {
      sendPage(
        response,
        503,
        messagePage({
          title: 'The dashboard is not built',
          text: 'The command line works without it. To build it, run this in the checkout:',
          code: 'npm start',
        }),
      )
      return
    }
    const nonce = freshNonce()
    response.setHeader('Content-Security-Policy', pageContentSecurityPolicy(nonce))
    sendPage(response, 200, html.replaceAll(NONCE_PLACEHOLDER, nonce))
  }

  const assets = staticFiles(join(webDirectory, 'assets'), 'public, max-age=31536000, immutable')
  const rootFiles = staticFiles(webDirectory, 'no-cache')
  router.use('/assets', assets)
  router.use((request, response, next) => (rootFile.test(request.path) ? rootFiles(request, response, next) : next()))
  router.get(pagePath, page)
  router.use((_request, response) =>
    sendPage(response, 404, messagePage({ title: '404 · no such page', text: 'There is nothing at this address.' })),
  )
  return router
}
