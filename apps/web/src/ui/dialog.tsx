import { children, createUniqueId, type JSX, onCleanup, onMount, type ParentProps, Show } from 'solid-js'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly title: string
  readonly narrow?: boolean
  readonly children: JSX.Element
  /** The buttons; none where the content has its own. */
  readonly foot?: JSX.Element
  /** Enter in a field, or the button of type `submit`. Left out where the content is a form itself. */
  readonly onSubmit?: () => void
  /** Escape, the cross, or a click beside it. The parent then unmounts the dialog. Left out: only its own content can end it. */
  readonly onClose?: () => void
}

/** A native modal dialog: the browser traps the focus, makes the page inert and gives the focus back. */
export const Dialog = (props: DialogProps): JSX.Element => {
  const titleId = createUniqueId()
  // Made once: reading a property that holds elements makes them anew.
  const foot = children(() => props.foot)
  let element!: HTMLDialogElement
  onMount(() => {
    element.showModal()
    element.querySelector<HTMLElement>('[data-autofocus]')?.focus()
  })
  // A dialog that is only taken out of the page gives no focus back.
  onCleanup(() => element.close())
  const closed = (): void => {
    if (!element.isConnected) return
    if (props.onClose) props.onClose()
    // A browser closes it on a second Escape whatever `cancel` says.
    else element.showModal()
  }
  return (
    <dialog
      ref={element}
      class="dialog"
      classList={{ narrow: props.narrow ?? false }}
      aria-labelledby={titleId}
      onClose={closed}
      onCancel={(event) => {
        if (!props.onClose) event.preventDefault()
      }}
      // Keys typed in a dialog are no shortcuts of the page behind it.
      onKeyDown={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        if (event.target === element && props.onClose) element.close()
      }}
    >
      <DialogForm onSubmit={props.onSubmit}>
        <div class="dialog-head">
          <h2 id={titleId}>{props.title}</h2>
          <Show when={props.onClose}>
            <button type="button" class="button quiet icon-only" aria-label="Close" onClick={() => element.close()}>
              <Icon name="close" />
            </button>
          </Show>
        </div>
        <div class="dialog-body">{props.children}</div>
        <Show when={foot()}>
          <div class="dialog-foot">{foot()}</div>
        </Show>
      </DialogForm>
    </dialog>
  )
}

/** The fields and the buttons below them are one form; forms do not nest. */
const DialogForm = (props: ParentProps<{ onSubmit: (() => void) | undefined }>): JSX.Element => (
  <Show when={props.onSubmit} fallback={props.children}>
    <form
      novalidate
      onSubmit={(event) => {
        event.preventDefault()
        props.onSubmit?.()
      }}
    >
      {props.children}
    </form>
  </Show>
)
