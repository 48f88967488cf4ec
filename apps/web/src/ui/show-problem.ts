/** A dialog may be taller than the window: brings the first sentence that says what is wrong to where a person looks. */
export const showProblem = (within: HTMLElement): void =>
  within.querySelector<HTMLElement>('.problem')?.scrollIntoView({ block: 'nearest' })
