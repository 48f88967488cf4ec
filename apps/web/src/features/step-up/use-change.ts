import { errorSentence } from '../../lib/error-sentence.ts'
import { say, sayFailure } from '../../ui/toasts.tsx'
import { useStepUp } from './step-up.tsx'

/** Carries out a sensitive change, with a step-up where one is due; undefined when it was cancelled or failed, which was said then. */
export type Change = <T extends object>(call: () => Promise<T>, done?: (result: T) => string) => Promise<T | undefined>

/** `after`: asks again for what may have changed, whatever came of it. */
export const useChange = (after: () => void): Change => {
  const withStepUp = useStepUp()
  return async (call, done) => {
    try {
      const result = await withStepUp(call)
      if (result !== undefined && done !== undefined) say(done(result))
      return result
    } catch (error) {
      sayFailure(errorSentence(error))
      return undefined
    } finally {
      after()
    }
  }
}
