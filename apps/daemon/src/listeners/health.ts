import type { ServerResponse } from 'node:http'

export interface Health {
  /** Sentences why the daemon is not ready; empty when it is. */
  problems(): readonly string[]
}

const answer = (response: ServerResponse, status: number, body: object): void => {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}

/**
 * C3. `/healthz` says that the process lives and is true as soon as it listens; `/readyz` says that it can work. Both are open to anybody who passes the gate, so the
 * reasons name parts, never paths or people. False when the path is neither.
 */
export const serveHealth = (path: string, response: ServerResponse, health: Health): boolean => {
  if (path !== '/healthz' && path !== '/readyz') return false
  if (response.req.method !== 'GET' && response.req.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    answer(response, 405, { error: 'GET only' })
    return true
  }
  const reasons = path === '/readyz' ? health.problems() : []
  answer(
    response,
    reasons.length === 0 ? 200 : 503,
    path === '/healthz' ? { status: 'ok' } : { ready: reasons.length === 0, reasons },
  )
  return true
}
