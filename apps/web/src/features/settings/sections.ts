/** The parts of Settings, in their order on the page; `id` is the end of the address. */
export const settingsSections = [
  { id: 'sign-in', title: 'Sign-in' },
  { id: 'second-factor', title: 'Second factor' },
  { id: 'recovery-codes', title: 'Recovery codes' },
  { id: 'devices', title: 'Signed-in devices' },
  { id: 'events', title: 'Recent security events' },
  { id: 'danger', title: 'Danger zone' },
] as const

export type SectionId = (typeof settingsSections)[number]['id']

/** An address is anybody's to write. */
export const readSection = (value: string | undefined): SectionId | undefined =>
  settingsSections.find(({ id }) => id === value)?.id

/** Moves the focus to the heading of a section, when the button that had it is gone. */
export const focusSection = (id: SectionId): void => document.getElementById(`${id}-title`)?.focus()

/** Where a link leads: also when its address is the present one, which a router does not call a navigation. */
export const showSection = (id: SectionId): void => {
  document.getElementById(id)?.scrollIntoView()
  focusSection(id)
}
