import type { SignalName } from '@sallyport/keeper-protocol/keeper-router'
import { ignoresSigterm, killLeftovers } from './process-group.ts'

export interface StopLadder {
  readonly rootPid: number
  /** To the root's group and the terminal's foreground group, for as long as the root lives. */
  readonly signal: (name: SignalName) => void
  /** Settles when the root is dead. */
  readonly exited: Promise<void>
  /** 0: SIGKILL at once. */
  readonly graceMs: number
}

/** SIGTERM, then SIGKILL, then SIGKILL to whatever the root left behind in its session. Resolves when that is done. */
export const descendStopLadder = async ({ rootPid, signal, exited, graceMs }: StopLadder): Promise<void> => {
  if (graceMs > 0) askToEnd(rootPid, signal)
  const lastRung = setTimeout(() => signal('SIGKILL'), graceMs)
  await exited
  clearTimeout(lastRung)
  killLeftovers(rootPid)
}

const askToEnd = (rootPid: number, signal: StopLadder['signal']): void => {
  // Read before the first signal: afterwards the root may be gone.
  const needsHangup = ignoresSigterm(rootPid)
  signal('SIGTERM')
  // An interactive shell ignores SIGTERM and ends when its terminal hangs up. Nobody else gets SIGHUP: it would cut short
  // what a program does on SIGTERM.
  if (needsHangup) signal('SIGHUP')
  // A stopped job handles a signal only when it goes on.
  signal('SIGCONT')
}
