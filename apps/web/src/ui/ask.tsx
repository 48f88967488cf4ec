import { createSignal, type JSX, Show } from 'solid-js'
import { Dialog } from './dialog.tsx'

interface Question {
  readonly title: string
  readonly text: string
  /** Shown as it is, in a box: a link, a text about to be pasted. */
  readonly quote?: string
  readonly confirm: string
  readonly dangerous?: boolean
}

interface Asked extends Question {
  readonly answer: (yes: boolean) => void
}

const [asked, setAsked] = createSignal<Asked>()

/** One question at a time; a second one answers the first with no. */
export const ask = (question: Question): Promise<boolean> =>
  new Promise((resolve) => {
    asked()?.answer(false)
    setAsked({ ...question, answer: resolve })
  })

const settle = (question: Asked, yes: boolean): void => {
  question.answer(yes)
  if (asked() === question) setAsked(undefined)
}

/** Draws the question of `ask`. Mounted once, by the app. */
export const QuestionDialog = (): JSX.Element => (
  <Show when={asked()} keyed>
    {(question) => (
      <Dialog
        narrow
        title={question.title}
        onClose={() => settle(question, false)}
        onSubmit={() => settle(question, true)}
        foot={
          <>
            <button
              type="button"
              class="button"
              data-autofocus={question.dangerous ? '' : undefined}
              onClick={() => settle(question, false)}
            >
              Cancel
            </button>
            <button
              type="submit"
              class="button"
              classList={{ danger: question.dangerous ?? false, primary: !question.dangerous }}
              data-autofocus={question.dangerous ? undefined : ''}
            >
              {question.confirm}
            </button>
          </>
        }
      >
        <p>{question.text}</p>
        <Show when={question.quote}>{(quote) => <div class="quote">{quote()}</div>}</Show>
      </Dialog>
    )}
  </Show>
)
