import type { Session } from '@sallyport/contract/session'
import { describe, expect, it } from 'vitest'
import { type ListFilter, matches, orderSessions } from './session-order.ts'

const make = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  name: `name-${id}`,
  provider: 'command',
  command: ['sleep', '5'],
  cwd: '/srv/app',
  state: 'running',
  exitCode: null,
  signal: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  endedAt: null,
  cols: 80,
  rows: 24,
  viewers: 0,
  logBytes: 0,
  recordingPaused: null,
  billing: 'subscription',
  envSets: [],
  trusted: false,
  ...change,
})

const byId = (...sessions: Session[]): Record<string, Session> =>
  Object.fromEntries(sessions.map((session) => [session.id, session]))

const all: ListFilter = { text: '', state: 'all' }
const old = make('old', { createdAt: '2026-11-21T09:00:00.000Z' })
const young = make('young')
const endedAt = '2026-11-21T11:00:00.000Z'

describe('the list', () => {
  it('has live sessions first, the newest at the top', () => {
    const ended = make('ended', { state: 'exited', exitCode: 0, endedAt })
    expect(orderSessions([], byId(ended, old, young), { filter: all, held: false }).ids).toEqual([
      'young',
      'old',
      'ended',
    ])
  })

  it('has one order for sessions of the same moment', () => {
    const ids = (...sessions: Session[]) => orderSessions([], byId(...sessions), { filter: all, held: false }).ids
    expect(ids(make('b'), make('a'))).toEqual(ids(make('a'), make('b')))
  })

  it('moves no row under the cursor when a session ends', () => {
    const sessions = byId(old, { ...young, state: 'exited', exitCode: 0, endedAt })
    expect(orderSessions(['young', 'old'], sessions, { filter: all, held: true })).toEqual({
      ids: ['young', 'old'],
      waiting: 0,
    })
    expect(orderSessions(['young', 'old'], sessions, { filter: all, held: false }).ids).toEqual(['old', 'young'])
  })

  it('moves no row under the cursor when a session is removed', () => {
    expect(orderSessions(['young', 'old'], byId(old), { filter: all, held: true }).ids).toEqual(['young', 'old'])
  })

  it('holds new sessions back under the cursor and counts them', () => {
    expect(orderSessions(['old'], byId(old, young), { filter: all, held: true })).toEqual({ ids: ['old'], waiting: 1 })
  })

  it('does not count what the filter hides', () => {
    const filter: ListFilter = { text: '', state: 'ended' }
    expect(orderSessions([], byId(young), { filter, held: true }).waiting).toBe(0)
  })
})

describe('the filter', () => {
  it('finds every word anywhere in name, command or directory', () => {
    expect(matches(young, { text: 'SLEEP app', state: 'all' })).toBe(true)
    expect(matches(young, { text: 'sleep other', state: 'all' })).toBe(false)
  })

  it('tells live from ended; a lost session has ended', () => {
    expect(matches(make('x', { state: 'lost' }), { text: '', state: 'live' })).toBe(false)
    expect(matches(make('x', { state: 'starting' }), { text: '', state: 'live' })).toBe(true)
  })
})
