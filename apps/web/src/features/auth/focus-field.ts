/** Puts the person back where something is to be corrected: the field that is marked as wrong, with what was typed selected. */
export const focusProblem = (form: HTMLElement): void => {
  const field = form.querySelector<HTMLInputElement>('input[aria-invalid="true"]')
  field?.focus()
  field?.select()
}

/** Where the typing starts in a form that just appeared. */
export const focusFirst = (form: HTMLElement): void => form.querySelector<HTMLInputElement>('[data-autofocus]')?.focus()
