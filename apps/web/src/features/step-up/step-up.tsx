import { errorData } from '@sallyport/client/error-data'
import { createContext, createSignal, type JSX, onCleanup, type ParentProps, Show, useContext } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { StepUpDialog, type StepUpQuestion } from './step-up-dialog.tsx'
import { createStepUp } from './step-up-gate.ts'

type WithStepUp = ReturnType<typeof createStepUp>

const StepUpContext = createContext<WithStepUp>()

/** Asks for a fresh proof wherever something below it needs one (A10). */
export const StepUpProvider = (props: ParentProps): JSX.Element => {
  const { client, identify } = useDaemon()
  const [question, setQuestion] = createSignal<StepUpQuestion>()
  /** What may be proved with may have changed since the last time, so it is asked for. */
  const prove = async (): Promise<boolean> => {
    const [account, options] = await Promise.all([client.auth.security.query(), client.auth.signInOptions.query()])
    const proved = await new Promise<boolean>((answer) => setQuestion({ account, options, answer }))
    setQuestion(undefined)
    if (proved) void identify()
    return proved
  }
  const isRefusal = (error: unknown): boolean => errorData(error)?.code === 'step_up_required'
  // Signed out from elsewhere while it is open: whoever waits for the answer gets one.
  onCleanup(() => question()?.answer(false))
  return (
    <StepUpContext.Provider value={createStepUp({ prove, isRefusal })}>
      {props.children}
      <Show when={question()} keyed>
        {(asked) => <StepUpDialog question={asked} />}
      </Show>
    </StepUpContext.Provider>
  )
}

/** For every sensitive action: `withStepUp(() => http.auth.removeTotp.mutate())`. Over HTTP, which shows the cookie that the proof renewed: a socket shows the one that it was opened with. */
export const useStepUp = (): WithStepUp => {
  const withStepUp = useContext(StepUpContext)
  if (!withStepUp) throw new Error('useStepUp outside of StepUpProvider')
  return withStepUp
}
