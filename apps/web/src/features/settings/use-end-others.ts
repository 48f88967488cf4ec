import { useDaemon } from '../../lib/daemon.ts'
import { ask } from '../../ui/ask.tsx'
import { focusSection, type SectionId } from './sections.ts'
import { otherDevicesWords } from './settings-words.ts'
import { useChange } from './use-change.ts'

/** Signs all other devices of the account out, after a question. `from`: the section whose button it was, which may go with the last device. */
export const useEndOthers = (): ((from: SectionId) => Promise<void>) => {
  const { http } = useDaemon()
  const change = useChange()
  return async (from) => {
    const sure = await ask({
      title: 'Sign out all other devices?',
      text: 'Their pages and terminals close within a second. Sessions go on, and this browser stays signed in.',
      confirm: 'Sign out all others',
      dangerous: true,
    })
    if (!sure) return
    const done = await change(
      () => http.auth.revokeOthers.mutate(),
      ({ revoked }) => otherDevicesWords(revoked),
    )
    if (done) focusSection(from)
  }
}
