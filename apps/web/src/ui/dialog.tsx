import { createUniqueId, type JSX, onMount } from 'solid-js'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly title: string
  readonly narrow?: boolean
  readonly children: JSX.Element
  readonly foot: JSX.Element
  /** Enter in a field, or the button of type `submit`. */
  readonly onSubmit: () => void
  /** Escape, the cross, or a click beside it. The parent then unmounts the dialog. */
  readonly onClose: () => void
}

/** A native modal dialog: the browser traps the focus, makes the page inert and gives the focus back. */
export const Dialog = (props: DialogProps): JSX.Element => {
  const titleId = createUniqueId()
  let element!: HTMLDialogElement
  onMount(() => {
    element.showModal()
    element.querySelector<HTMLElement>('[data-autofocus]')?.focus()
  })
  return (
    <dialog
      ref={element}
      class="dialog"
      classList={{ narrow: props.narrow ?? false }}
      aria-labelledby={titleId}
      onClose={() => props.onClose()}
      // Keys typed in a dialog are no shortcuts of the page behind it.
      onKeyDown={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        if (event.target === element) element.close()
      }}
    >
      <form
        novalidate
        onSubmit={(event) => {
          event.preventDefault()
          props.onSubmit()
        }}
      >
        <div class="dialog-head">
          <h2 id={titleId}>{props.title}</h2>
          <button type="button" class="button quiet icon-only" aria-label="Close" onClick={() => element.close()}>
            <Icon name="close" />
          </button>
        </div>
        <div class="dialog-body">{props.children}</div>
        <div class="dialog-foot">{props.foot}</div>
      </form>
    </dialog>
  )
}
