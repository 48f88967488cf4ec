import type { KeyStretching } from '@sallyport/contract/key-stretching'

/** What both ends of an exchange are bound to: a record of one install, or of one account, is worth nothing at another. */
export interface Binding {
  readonly subject: string
  readonly serverId: string
  readonly stretching: KeyStretching
}

/**
 * What the page asks of the worker, and what it answers. One worker serves one exchange: a start, then the finish of the same kind. The password goes in
 * with the start and never comes back; messages of OPAQUE are base64url.
 */
export interface ExchangeCalls {
  startLogin: { input: { readonly password: string }; output: { readonly request: string } }
  /** `finish` is null when the password was wrong: the daemon's answer could not be opened with it. */
  finishLogin: {
    input: Binding & { readonly response: string }
    output: { readonly finish: string | null }
  }
  startRegistration: { input: { readonly password: string }; output: { readonly request: string } }
  finishRegistration: {
    input: Binding & { readonly response: string }
    output: { readonly record: string }
  }
}

export type ExchangeName = keyof ExchangeCalls

export type ExchangeRequest = {
  [Name in ExchangeName]: { readonly call: Name; readonly input: ExchangeCalls[Name]['input'] }
}[ExchangeName]

/** Errors are values: an exception that crosses a worker's border loses its message in some browsers. */
export type ExchangeAnswer<Name extends ExchangeName = ExchangeName> =
  | { readonly ok: true; readonly output: ExchangeCalls[Name]['output'] }
  | { readonly ok: false; readonly message: string }
