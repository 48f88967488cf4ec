/**
 * Runs on a thread of its own under a policy of its own (SPEC W9): WebAssembly, which the page forbids, and no way to load or send anything. Argon2id
 * takes its time here while the page stays alive.
 */
import { ready } from '@serenity-kit/opaque'
import { createExchange } from './exchange.ts'
import type { ExchangeAnswer, ExchangeRequest } from './messages.ts'

const exchange = createExchange()
const cannotRun: ExchangeAnswer = {
  ok: false,
  message:
    'This browser cannot run WebAssembly here, which checks passwords. On the machine, `sallyport open` signs you in.',
}

addEventListener('message', ({ data }: MessageEvent<ExchangeRequest>) => {
  void ready.then(
    () => postMessage(exchange(data)),
    () => postMessage(cannotRun),
  )
})
