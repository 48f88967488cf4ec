import { createHmac } from 'node:crypto'

/** Base 32 (RFC 4648) without padding. */
const fromBase32 = (text: string): Buffer => {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}

/** The code of an authenticator app: RFC 6238, SHA-1, 6 digits, 30 s. */
const totpCode = (secret: string, at: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const code = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff
  return String(code % 1_000_000).padStart(6, '0')
}

/** A browser that `sallyport open` signed in, as far as the command line has to do with it. */
export class SignedInBrowser {
  readonly #origin: string
  readonly #cookies: string

  private constructor(origin: string, cookies: string) {
    this.#origin = origin
    this.#cookies = cookies
  }

  /** `link`: what `sallyport open --print` printed. */
  static async follow(link: string): Promise<SignedInBrowser> {
    const { origin, hash } = new URL(link.trim())
    const answer = await new SignedInBrowser(origin, '').#post('auth.redeemTicket', { ticket: hash.slice(1) })
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
    return new SignedInBrowser(origin, cookies.join('; '))
  }

  async #post(procedure: string, input: object | undefined): Promise<Response> {
    const answer = await fetch(`${this.#origin}/trpc/${procedure}`, {
      method: 'POST',
      headers: { origin: this.#origin, cookie: this.#cookies, 'content-type': 'application/json' },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    })
    if (!answer.ok) throw new Error(`${procedure}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  /** Settings → Second factor, done as a person does. */
  async enrolSecondFactor(): Promise<void> {
    const { result } = (await (await this.#post('auth.startTotp', undefined)).json()) as {
      result: { data: { secret: string } }
    }
    await this.#post('auth.confirmTotp', { code: totpCode(result.data.secret, Date.now()) })
  }

  async isSignedIn(): Promise<boolean> {
    const answer = await fetch(`${this.#origin}/trpc/auth.whoami`, {
      headers: { origin: this.#origin, cookie: this.#cookies },
    })
    return (await answer.text()).includes('"kind":"user"')
  }
}
