import { expect, it } from 'vitest'
import { createBoundedMap } from './bounded-map.ts'

it('never holds more than its size, and keeps the half that was used last', () => {
  const map = createBoundedMap<number>(4)
  for (const key of ['a', 'b', 'c', 'd']) map.set(key, 1)
  expect(map.size).toBe(4)
  map.get('a')
  map.set('e', 2)
  expect([map.get('a'), map.get('e')]).toEqual([1, 2])
  expect(map.get('b')).toBeUndefined()
  expect(map.size).toBeLessThanOrEqual(4)
})

it('has one value per key, the last one, and forgets it when it is told to', () => {
  const map = createBoundedMap<number>(4)
  for (const value of [1, 2, 3]) {
    map.set('a', value)
    map.set(`other-${value}`, 0)
  }
  expect(map.get('a')).toBe(3)
  map.delete('a')
  expect(map.get('a')).toBeUndefined()
})

it('stays small under a million keys, and keeps one that is used now and then', () => {
  const map = createBoundedMap<number>(100)
  map.set('mine', 7)
  for (let n = 0; n < 1e6; n += 1) {
    map.set(String(n), n)
    if (n % 49 === 0 && map.get('mine') !== 7) throw new Error(`forgotten after ${n}`)
  }
  expect(map.size).toBeLessThanOrEqual(100)
  expect(map.get(String(1e6 - 50))).toBe(1e6 - 50)
})
