import type { KeptSession } from '@sallyport/keeper-protocol/keeper-router'
import { expect, test } from 'vitest'
import { createEventFeed } from './event-feed.ts'

const kept = (id: string, cols: number): KeptSession => ({
  id,
  handle: 1,
  pid: 1,
  state: 'running',
  exit: null,
  cols,
  rows: 24,
  end: 0,
  startedAt: 0,
  exitedAt: null,
  complete: false,
  recordingPaused: null,
})

test('a subscriber gets everything first, then what changed', async () => {
  const feed = createEventFeed()
  const events = feed.subscribe(() => [kept('a', 80)], new AbortController().signal)[Symbol.asyncIterator]()
  expect((await events.next()).value).toEqual({ kind: 'snapshot', sessions: [kept('a', 80)] })
  const next = events.next()
  feed.changed(kept('a', 90))
  expect((await next).value).toEqual({ kind: 'changed', session: kept('a', 90) })
})

test('a slow subscriber gets the last state of each session, not every one', async () => {
  const feed = createEventFeed()
  const events = feed.subscribe(() => [], new AbortController().signal)[Symbol.asyncIterator]()
  await events.next()
  for (let cols = 20; cols < 100; cols += 1) feed.changed(kept('a', cols))
  feed.changed(kept('b', 80))
  expect((await events.next()).value).toEqual({ kind: 'changed', session: kept('a', 99) })
  expect((await events.next()).value).toEqual({ kind: 'changed', session: kept('b', 80) })
})

test('an aborted subscription ends', async () => {
  const feed = createEventFeed()
  const abort = new AbortController()
  const events = feed.subscribe(() => [], abort.signal)[Symbol.asyncIterator]()
  await events.next()
  const next = events.next()
  abort.abort()
  expect((await next).done).toBe(true)
})
