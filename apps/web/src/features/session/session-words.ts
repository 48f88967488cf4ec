import type { Session, SessionProvider } from '@sallyport/contract/session'
import { duration, relativeTime } from '../../lib/relative-time.ts'

/** Colour of the dot. The word beside it says the same, for those who do not see the colour. */
export type Tone = 'good' | 'wait' | 'idle' | 'bad' | 'warn'

export interface StateWords {
  readonly word: string
  readonly tone: Tone
}

export const stateWords = (session: Pick<Session, 'state' | 'exitCode' | 'signal'>): StateWords => {
  switch (session.state) {
    case 'starting':
      return { word: 'Starting', tone: 'wait' }
    case 'running':
      return { word: 'Running', tone: 'good' }
    case 'killed':
      return {
        word: session.signal === null || session.signal === 'SIGKILL' ? 'Killed' : `Killed, ${session.signal}`,
        tone: 'warn',
      }
    case 'lost':
      return { word: 'Lost', tone: 'bad' }
    case 'exited':
      if (session.signal !== null) return { word: `Ended, ${session.signal}`, tone: 'bad' }
      if (session.exitCode === 0) return { word: 'Exited 0', tone: 'idle' }
      return { word: `Exited ${session.exitCode ?? '?'}`, tone: 'bad' }
  }
}

/** Who pays, where that was a choice (S7); undefined where it was none. */
export const billingWords = (
  { provider, billing }: Pick<Session, 'provider' | 'billing'>,
  providers: readonly Pick<SessionProvider, 'id' | 'capabilities'>[],
): { readonly badge: string; readonly title: string } | undefined => {
  if (!providers.some(({ id, capabilities }) => id === provider && capabilities.billing)) return undefined
  return billing === 'api'
    ? { badge: 'API', title: 'Billed to the API keys in its environment' }
    : { badge: 'Subscription', title: 'API keys were taken out of its environment: it uses its own sign-in' }
}

/** `started 5 min ago`, or `ended 2 h ago, ran 3 min`. */
export const whenWords = (session: Pick<Session, 'createdAt' | 'endedAt'>, nowMs: number): string => {
  if (session.endedAt === null) return `started ${relativeTime(session.createdAt, nowMs)}`
  const ranMs = Date.parse(session.endedAt) - Date.parse(session.createdAt)
  return `ended ${relativeTime(session.endedAt, nowMs)}, ran ${duration(ranMs)}`
}
