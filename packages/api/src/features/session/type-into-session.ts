import { keyBytes } from '@sallyport/contract/keys'
import type { keysInput, pasteInput, writeInput } from '@sallyport/contract/session'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { KeeperPort } from '../../keeper-port.ts'
import type { Caller } from './caller.ts'
import type { LiveSessions } from './live-sessions.ts'
import { requireRunning } from './require-live.ts'
import type { SessionEntry } from './session-record.ts'
import type { Viewers } from './viewers.ts'

export interface TypeDependencies {
  readonly sessions: LiveSessions
  readonly viewers: Viewers
  readonly keeper: KeeperPort
}

/**
 * `session.write`. Calls of one connection come here in the order of arrival (`ConnectionMeter.inputTurn`), and nothing on the way to `keeper.write` waits
 * for one longer than for another, so keystrokes keep their order without waiting for each other's answers.
 */
export const writeToSession = async (
  deps: TypeDependencies,
  { session, data, viewer, answersOffset }: z.output<typeof writeInput>,
  caller: Caller,
): Promise<void> => {
  const entry = await deps.sessions.find(session)
  if (answersOffset !== undefined) return answer(deps, { entry, data, viewer, answersOffset }, caller)
  await type(deps, { entry, data, viewer }, caller)
}

/** `session.keys`. @throws AppError `bad_request` for a key that does not exist */
export const pressKeys = async (
  deps: TypeDependencies,
  { session, keys }: z.output<typeof keysInput>,
  caller: Caller,
): Promise<void> => {
  const text = keys.map((key) => {
    const bytes = keyBytes(key)
    if (bytes === undefined) throw new AppError('bad_request', `There is no key ${JSON.stringify(key)}.`)
    return bytes
  })
  const entry = await deps.sessions.find(session)
  await type(deps, { entry, data: Buffer.from(text.join('')), viewer: undefined }, caller)
}

/** `session.paste`. */
export const pasteIntoSession = async (
  deps: TypeDependencies,
  { session, text, bracketed, viewer }: z.output<typeof pasteInput>,
  caller: Caller,
): Promise<void> => {
  const entry = await deps.sessions.find(session)
  await type(deps, { entry, data: Buffer.from(pasteBytes(text, bracketed)), viewer }, caller)
}

/**
 * Text as a terminal pastes it: line ends are what Enter sends. An end marker inside a bracketed paste would make the rest of it typed input, run by a
 * shell: it is removed, and again until none is left, because removing one can make another (`ESC[20` + `ESC[201~` + `1~`).
 */
export const pasteBytes = (text: string, bracketed: boolean): string => {
  let pasted = text.replace(/\r?\n/g, '\r')
  if (!bracketed) return pasted
  for (let before = ''; before !== pasted; ) {
    before = pasted
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the marker begins with a control character
    pasted = pasted.replace(/(?:\x1b\[|\u009b)201~/g, '')
  }
  return `\x1b[200~${pasted}\x1b[201~`
}

interface Typed {
  readonly entry: SessionEntry
  readonly data: Uint8Array
  readonly viewer: string | undefined
}

/** Whoever types owns the size (S5). The keys do not wait for the terminal to take that size. */
const type = async (deps: TypeDependencies, { entry, data, viewer }: Typed, { connection }: Caller): Promise<void> => {
  requireRunning(entry)
  if (viewer !== undefined) {
    const typing = deps.viewers.typing(viewer, connection.id, entry.id)
    deps.viewers.terminal(entry.id).ownInBackground(typing)
  }
  await deps.keeper.write(entry.id, data)
}

/** SPEC O10: an answer that is not this viewer's to give is dropped, silently, because its terminal has no way to know better. */
const answer = async (
  deps: TypeDependencies,
  { entry, data, viewer, answersOffset }: Typed & { readonly answersOffset: number },
  { connection }: Caller,
): Promise<void> => {
  if (viewer === undefined || entry.state !== 'running') return
  const answering = deps.viewers.typing(viewer, connection.id, entry.id)
  if (!deps.viewers.terminal(entry.id).mayAnswer(answering, answersOffset)) return
  await deps.keeper.write(entry.id, data)
}
