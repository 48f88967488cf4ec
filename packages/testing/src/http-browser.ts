import { type IncomingHttpHeaders, request } from 'node:http'
import { provePassword } from './password-browser.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What tRPC says no with. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
  readonly status: number
  readonly code: string
  readonly answer: HttpAnswer

  constructor(path: string, answer: HttpAnswer) {
    const error = answer.body.startsWith('{') ? JSON.parse(answer.body).error : undefined
    super(`${path}: ${answer.status} ${error?.message ?? answer.body}`)
    this.status = answer.status
    this.code = error?.data?.code ?? ''
    this.answer = answer
  }
}

interface Options {
  /** Where to connect to, and what a browser would send as Origin and Host. */
  readonly url: string
  /** Another address of this machine to come from, such as 127.0.0.2. */
  readonly localAddress?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface SignInOptions {
  readonly stretching: { readonly memoryKib: number; readonly iterations: number; readonly parallelism: number }
  readonly serverId: string
}

/** A browser without a page: calls procedures over HTTP with an Origin and the cookies it was given. */
export class HttpBrowser {
  readonly cookies = new Map<string, string>()
  readonly #options: Options
  #signInOptions: SignInOptions | undefined

  constructor(options: Options) {
    this.#options = options
  }

  async send(method: 'GET' | 'POST', path: string, body?: string): Promise<HttpAnswer> {
    const { url, localAddress, headers } = this.#options
    const call = request(new URL(path, url), {
      method,
      agent: false,
      ...(localAddress === undefined ? {} : { localAddress }),
      headers: {
        Origin: new URL(url).origin,
        'Sec-Fetch-Site': 'same-origin',
        'User-Agent':
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
        ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
        ...(this.cookies.size === 0 ? {} : { Cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }),
        ...headers,
      },
    })
    call.end(body)
    return new Promise((resolve, reject) => {
      call.once('error', reject)
      call.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          this.#keepCookies(response.headers['set-cookie'] ?? [])
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          })
        })
      })
    })
  }

  #keepCookies(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
      if (value === '' || /;\s*max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }

  /** @throws CallRefused */
  async query<T>(path: string, input?: unknown): Promise<T> {
    const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
    return this.#result(path, await this.send('GET', `/trpc/${path}${search}`))
  }

  /** @throws CallRefused */
  async mutate<T>(path: string, input?: unknown): Promise<T> {
    return this.#result(
      path,
      await this.send('POST', `/trpc/${path}`, input === undefined ? undefined : JSON.stringify(input)),
    )
  }

  #result<T>(path: string, answer: HttpAnswer): T {
    if (answer.status !== 200) throw new CallRefused(path, answer)
    return JSON.parse(answer.body).result.data
  }

  /** The first half of a sign-in; undefined: the daemon's answer says that the password is wrong. `timed`: ms that the daemon took to answer. */
  async startSignIn(password: string, user?: string, timed?: (ms: number) => void): Promise<string | undefined> {
    this.#signInOptions ??= await this.query<SignInOptions>('auth.signInOptions')
    const { stretching, serverId } = this.#signInOptions
    const start = async (message: string) => {
      const startedAt = performance.now()
      const answer = await this.mutate<{ subject: string; response: string }>('auth.startSignIn', {
        user,
        request: message,
      })
      timed?.(performance.now() - startedAt)
      return answer
    }
    return provePassword({ password, stretching, serverId, start })
  }

  /** Both halves. @throws CallRefused; a wrong password is finished too, as a guesser's client might. */
  async signIn(password: string, user?: string): Promise<string> {
    const finish = await this.startSignIn(password, user)
    const { next } = await this.mutate<{ next: string }>('auth.finishSignIn', { finish: finish ?? 'A'.repeat(86) })
    return next
  }
}
