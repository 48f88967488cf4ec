import { createEffect, type JSX, type ParentProps, Show } from 'solid-js'
import { Dialog } from '../../ui/dialog.tsx'
import { showProblem } from '../../ui/show-problem.ts'
import type { Save } from './use-save.ts'

interface SaveDialogProps {
  readonly title: string
  readonly save: Save
  readonly label: string
  readonly dangerous?: boolean
  readonly narrow?: boolean
  readonly onSubmit: () => void
  readonly onClose: () => void
}

/** Fields, the sentence that says why they could not be saved, and the two buttons. */
export const SaveDialog = (props: ParentProps<SaveDialogProps>): JSX.Element => {
  let fields!: HTMLDivElement
  createEffect(() => {
    if (props.save.problem() !== undefined) showProblem(fields)
  })
  return (
    <Dialog
      title={props.title}
      narrow={props.narrow ?? false}
      onClose={props.onClose}
      onSubmit={props.onSubmit}
      foot={
        <>
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class="button"
            classList={{ danger: props.dangerous ?? false, primary: !props.dangerous }}
            disabled={props.save.busy()}
            aria-busy={props.save.busy()}
          >
            {props.label}
          </button>
        </>
      }
    >
      <div ref={fields} class="dialog-fields">
        {props.children}
        <div role="alert">
          <Show when={props.save.problem()}>{(sentence) => <p class="problem">{sentence()}</p>}</Show>
        </div>
      </div>
    </Dialog>
  )
}
