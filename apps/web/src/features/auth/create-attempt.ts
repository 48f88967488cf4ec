import { type Accessor, createSignal } from 'solid-js'
import { type CallFailure, callFailure } from './call-failure.ts'
import { createCountdown } from './countdown.ts'
import { focusProblem } from './focus-field.ts'

interface AttemptOptions {
  readonly form: () => HTMLElement
  /** The sentence beside the field; undefined where the page goes elsewhere instead. */
  readonly explain: (failure: CallFailure) => string | undefined
}

/** A form in which somebody proves something: one try at a time, one sentence when it fails, and no further try before the daemon takes one. */
export interface Attempt {
  readonly busy: Accessor<boolean>
  /** Seconds until the daemon takes the next try; 0 when it takes one now. */
  readonly waitSeconds: Accessor<number>
  readonly problem: Accessor<string | undefined>
  /** Runs `action`, whose answer is what is wrong, if anything is. Does nothing while another try is under way or none is taken. */
  readonly run: (action: () => Promise<string | undefined>) => Promise<void>
  readonly forget: () => void
}

export const createAttempt = (o: AttemptOptions): Attempt => {
  const [busy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<string>()
  const wait = createCountdown()

  const failed = (error: unknown): string | undefined => {
    const failure = callFailure(error)
    if (failure.kind === 'limited') wait.start(failure.retryAfterSeconds)
    return o.explain(failure)
  }

  const run = async (action: () => Promise<string | undefined>): Promise<void> => {
    if (busy() || wait.left() > 0) return
    setBusy(true)
    // Taken away first: the same sentence twice is announced twice.
    setProblem(undefined)
    const found = await action().catch(failed)
    setBusy(false)
    setProblem(found)
    if (found !== undefined) focusProblem(o.form())
  }
  return { busy, waitSeconds: wait.left, problem, run, forget: () => setProblem(undefined) }
}
