export interface StepUpGate {
  /** Asks the person to prove who they are. Resolves with false when they would rather not. */
  readonly prove: () => Promise<boolean>
  /** The daemon's `step_up_required` (A10). It was refused before anything happened, so the call may be repeated. */
  readonly isRefusal: (error: unknown) => boolean
}

/**
 * `withStepUp(call)`: carries a sensitive call out; when the daemon wants a fresh proof, asks for one and repeats the call once. Resolves with undefined when
 * the person cancelled: nothing has changed then. Calls that are refused while the question is open share its answer.
 */
export const createStepUp = ({ prove, isRefusal }: StepUpGate) => {
  let asked: Promise<boolean> | undefined
  let proofs = 0

  const ask = async (): Promise<boolean> => {
    try {
      const proved = await prove()
      if (proved) proofs += 1
      return proved
    } finally {
      asked = undefined
    }
  }
  const proveOnce = (): Promise<boolean> => {
    asked ??= ask()
    return asked
  }

  return async <T extends object>(call: () => Promise<T>): Promise<T | undefined> => {
    const proofsBefore = proofs
    try {
      return await call()
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
    // A refusal may arrive after the answer to another one: the proof counts for both.
    const proved = proofs > proofsBefore || (await proveOnce())
    return proved ? call() : undefined
  }
}
