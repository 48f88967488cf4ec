import type { EnvSet, EnvSetStatus } from '@sallyport/contract/env-set'
import { isLive } from '@sallyport/contract/session-state'
import { type Accessor, createContext, createEffect, createMemo, on, useContext } from 'solid-js'
import { createClock } from '../../lib/clock.ts'
import type { Daemon } from '../../lib/daemon.ts'
import { createFresh, type Fresh, onReturn } from '../../lib/fresh.ts'
import type { SessionList } from '../session/session-list.ts'
import { type Change, useChange } from '../step-up/use-change.ts'

/** What the page of env sets shows. No value is in it: the daemon hands none out (E3). */
export interface EnvSets {
  readonly list: Fresh<{ envSets: EnvSet[] }>
  readonly status: Fresh<EnvSetStatus>
  readonly locked: Accessor<Extract<EnvSetStatus, { state: 'locked' }> | undefined>
  /** Only for what is shown; the daemon decides. Not for viewers, and in mode `off` for nobody (A1). */
  readonly mayChange: Accessor<boolean>
  /** Values can be set and sets renamed, which needs the master key. Removing things does not. */
  readonly maySeal: Accessor<boolean>
  /** Which live sessions were started with env sets: when it changes, so may every usage. */
  readonly liveUses: Accessor<string>
  readonly nowMs: Accessor<number>
  readonly change: Change
  refresh(): void
}

/** Asked when the page opens, after every change, when a session starts or ends with an env set, and when somebody comes back to the page. */
export const createEnvSets = (daemon: Daemon, sessions: SessionList): EnvSets => {
  const { envSet } = daemon.client
  const list = createFresh(() => envSet.list.query())
  const status = createFresh<EnvSetStatus>(() => envSet.status.query())
  const refresh = (): void => {
    void list.refresh()
    void status.refresh()
  }
  refresh()
  onReturn(refresh)
  const liveUses = createMemo(() =>
    Object.values(sessions.sessions)
      .filter((session) => isLive(session.state) && session.envSets.length > 0)
      .map(({ id }) => id)
      .sort()
      .join(' '),
  )
  createEffect(on(liveUses, refresh, { defer: true }))

  const locked = (): Extract<EnvSetStatus, { state: 'locked' }> | undefined => {
    const known = status.value()
    return known?.state === 'locked' ? known : undefined
  }
  const mayChange = (): boolean => daemon.mayOperate() && !daemon.isOpen()
  const maySeal = (): boolean => mayChange() && locked() === undefined
  return {
    list,
    status,
    locked,
    mayChange,
    maySeal,
    liveUses,
    nowMs: createClock(),
    change: useChange(refresh),
    refresh,
  }
}

const EnvSetsContext = createContext<EnvSets>()
export const EnvSetsProvider = EnvSetsContext.Provider

export const useEnvSets = (): EnvSets => {
  const envSets = useContext(EnvSetsContext)
  if (!envSets) throw new Error('useEnvSets outside of EnvSetsProvider')
  return envSets
}
