import type { ExchangeAnswer, ExchangeCalls, ExchangeName } from '../../sign-in-worker/messages.ts'
import workerUrl from '../../sign-in-worker/sign-in-worker.ts?worker&url'

interface TrustedScriptUrlPolicy {
  createScriptURL(url: string): string
}
interface TrustedTypesWindow {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): TrustedScriptUrlPolicy
  }
}

const onlyOurWorker = (url: string): string => {
  if (url !== workerUrl) throw new TypeError('this page starts no worker but its own')
  return url
}

/** Never exported: the one address that the page's policy lets become a worker is the one that the build wrote here (SPEC W9). */
const policy: TrustedScriptUrlPolicy = (globalThis as TrustedTypesWindow).trustedTypes?.createPolicy('app-worker', {
  createScriptURL: onlyOurWorker,
}) ?? { createScriptURL: onlyOurWorker }

const CANNOT_RUN = 'This browser could not start the part of the page that checks passwords. Load the page again.'

export interface OpenExchange {
  /** One call at a time. */
  call<Name extends ExchangeName>(
    name: Name,
    input: ExchangeCalls[Name]['input'],
  ): Promise<ExchangeCalls[Name]['output']>
  /** Ends the worker, and with it every copy of the password that its memory holds. */
  end(): void
}

let fetched = false

/** Brings the worker's 160 KB into the browser's cache while somebody types: on a slow line they would wait for it after pressing Enter. */
export const expectExchange = (): void => {
  if (fetched) return
  fetched = true
  // Nothing is lost when it fails: the worker is then loaded when it is needed, and says what is wrong.
  fetch(workerUrl).catch(() => {
    fetched = false
  })
}

/** A page on which nobody types a password never comes here, nor loads the worker. */
export const openExchange = (): OpenExchange => {
  const worker = new Worker(policy.createScriptURL(workerUrl), { type: 'module' })
  return {
    call: (name, input) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<ExchangeAnswer<typeof name>>) =>
          data.ok ? resolve(data.output) : reject(new Error(data.message))
        worker.onerror = () => reject(new Error(CANNOT_RUN))
        worker.postMessage({ call: name, input })
      }),
    end: () => worker.terminate(),
  }
}
