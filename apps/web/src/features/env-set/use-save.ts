import { type Accessor, createSignal } from 'solid-js'
import { errorSentence } from '../../lib/error-sentence.ts'
import { useStepUp } from '../step-up/step-up.tsx'
import { useEnvSets } from './env-sets.ts'

/** A dialog that saves: one call at a time, after a step-up where one is due, and a sentence in the dialog when it fails. */
export interface Save {
  readonly busy: Accessor<boolean>
  readonly problem: Accessor<string | undefined>
  /** `wrong`: what stands against the call before it is made. Resolves with undefined when nothing was saved; what was typed stays then. */
  readonly run: <T extends object>(wrong: string | null, call: () => Promise<T>) => Promise<T | undefined>
}

export const useSave = (): Save => {
  const withStepUp = useStepUp()
  const envSets = useEnvSets()
  const [busy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<string>()

  const run: Save['run'] = async (wrong, call) => {
    if (busy()) return undefined
    // Taken away first: the same sentence twice is announced twice.
    setProblem(undefined)
    if (wrong !== null) return void setProblem(wrong)
    setBusy(true)
    try {
      return await withStepUp(call)
    } catch (error) {
      setProblem(errorSentence(error))
      return undefined
    } finally {
      setBusy(false)
      envSets.refresh()
    }
  }
  return { busy, problem, run }
}
