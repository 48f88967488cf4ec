import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import { useNavigate } from '@solidjs/router'
import { attempt, useDaemon } from '../../lib/daemon.ts'
import { ask } from '../../ui/ask.tsx'
import type { MenuItem } from '../../ui/menu.tsx'
import { say } from '../../ui/toasts.tsx'

export interface SessionActions {
  stop(session: Session): Promise<boolean>
  kill(session: Session): Promise<boolean>
  remove(session: Session): Promise<boolean>
  runAgain(session: Session): Promise<boolean>
  /** For the dialog that asks for the name, which shows what the daemon refuses. */
  rename(session: Session, name: string): Promise<boolean>
}

/** What may be done to a session from any page; each says how it went. */
export const useSessionActions = (): SessionActions => {
  const { client } = useDaemon()
  const navigate = useNavigate()
  const ref = (session: Session) => ({ session: session.id })
  return {
    stop: (session) => attempt(() => client.session.stop.mutate(ref(session)), `${session.name} was asked to stop.`),
    kill: async (session) => {
      const sure = await ask({
        title: `Kill ${session.name}?`,
        text: 'It ends at once, without a chance to save anything. Its output is kept.',
        confirm: 'Kill',
        dangerous: true,
      })
      return sure && attempt(() => client.session.kill.mutate(ref(session)), `${session.name} was killed.`)
    },
    remove: async (session) => {
      const live = isLive(session.state)
      const sure = await ask({
        title: `Remove ${session.name}?`,
        text: live
          ? 'It is still running: it will be killed, and its output deleted. This cannot be undone.'
          : 'Its output is deleted with it. This cannot be undone.',
        confirm: live ? 'Kill and remove' : 'Remove',
        dangerous: true,
      })
      if (!sure) return false
      return attempt(
        () => client.session.remove.mutate({ ...ref(session), force: live }),
        `${session.name} was removed.`,
      )
    },
    runAgain: (session) =>
      attempt(async () => {
        const started = await client.session.runAgain.mutate(ref(session))
        for (const warning of started.warnings) say(warning)
        navigate(`/sessions/${started.session.id}`)
      }),
    rename: async (session, name) => {
      await client.session.rename.mutate({ ...ref(session), name })
      return true
    },
  }
}

interface MenuChoices {
  readonly mayOperate: boolean
  readonly rename: () => void
  /** Called after the session is gone. */
  readonly removed: () => void
}

export const downloadPath = (session: Session, format: 'raw' | 'plain'): string =>
  `/sessions/${session.id}/log?format=${format}`

/** The menu of a session: what changes it first, then its output, then what cannot be undone. */
export const sessionMenu = (session: Session, actions: SessionActions, choices: MenuChoices): readonly MenuItem[] => {
  const live = isLive(session.state)
  const downloads: MenuItem[] = [
    {
      label: 'Download output as text',
      icon: 'download',
      href: downloadPath(session, 'plain'),
      ruleBefore: choices.mayOperate,
    },
    { label: 'Download raw output', icon: 'download', href: downloadPath(session, 'raw') },
  ]
  if (!choices.mayOperate) return downloads
  const remove = async (): Promise<void> => {
    if (await actions.remove(session)) choices.removed()
  }
  return [
    live
      ? { label: 'Stop', icon: 'stop', run: () => void actions.stop(session) }
      : { label: 'Run again', icon: 'again', run: () => void actions.runAgain(session) },
    { label: 'Rename…', icon: 'pencil', run: choices.rename },
    ...downloads,
    ...(live
      ? [
          {
            label: 'Kill…',
            icon: 'kill',
            dangerous: true,
            ruleBefore: true,
            run: () => void actions.kill(session),
          } as const,
        ]
      : []),
    { label: 'Remove…', icon: 'trash', dangerous: true, ruleBefore: !live, run: () => void remove() },
  ]
}
