import { expect, test } from 'vitest'
import { canMask, canSpeakTo, KEEPER_PROTOCOL, MINORS_SUPPORTED } from './hello.ts'

const helloOf = (major: number, minor: number) => ({ protocol: { major, minor }, version: '1', pid: 1, startedAt: 0 })
const { major, minor } = KEEPER_PROTOCOL

test('a daemon speaks to keepers of its own protocol and of the supported minors before it', () => {
  expect(canSpeakTo(helloOf(major, minor))).toBe(true)
  expect(canSpeakTo(helloOf(major, minor - MINORS_SUPPORTED))).toBe(true)
})

test('a daemon refuses keepers that are newer, too old or of another major', () => {
  expect(canSpeakTo(helloOf(major, minor + 1))).toBe(false)
  expect(canSpeakTo(helloOf(major, minor - MINORS_SUPPORTED - 1))).toBe(false)
  expect(canSpeakTo(helloOf(major + 1, minor))).toBe(false)
})

test('a keeper that would leave out secrets is known by its minor', () => {
  expect(canMask(helloOf(major, 0))).toBe(false)
  expect(canMask(helloOf(major, 1))).toBe(true)
  expect(canMask(helloOf(major, minor))).toBe(true)
})
