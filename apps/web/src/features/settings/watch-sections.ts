import { readSection, type SectionId, settingsSections } from './sections.ts'

/** Says which section is being read: the last one whose top has passed the upper third of the window, or the last of all at the end of the page. */
export const watchSections = (onSeen: (id: SectionId) => void): (() => void) => {
  const look = (): void => {
    const atEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2
    const passed = settingsSections.filter(({ id }) => {
      const section = document.getElementById(id)
      return section !== null && section.getBoundingClientRect().top < innerHeight / 3
    })
    const seen = readSection((atEnd ? settingsSections : passed).at(-1)?.id)
    onSeen(seen ?? settingsSections[0].id)
  }
  look()
  addEventListener('scroll', look, { passive: true })
  addEventListener('resize', look)
  return () => {
    removeEventListener('scroll', look)
    removeEventListener('resize', look)
  }
}
