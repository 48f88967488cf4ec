import { expect, test } from 'vitest'
import { isAcknowledgement } from './acknowledgement.ts'
import { cborCodec } from './codec.ts'

const whole = { method: 'acknowledge', viewer: 'viewer', offset: 2 ** 40 }

test('an acknowledgement is recognised after its way over the wire', () => {
  expect(isAcknowledgement(cborCodec.decode(cborCodec.encode(whole)))).toBe(true)
})

test.each([
  ['a call', { id: 1, method: 'mutation', params: { path: 'session.write', input: whole } }],
  ['an offset that is none', { ...whole, offset: -1 }],
  ['NaN', { ...whole, offset: Number.NaN }],
  ['a number that loses digits', { ...whole, offset: 2 ** 60 }],
  ['text for an offset', { ...whole, offset: '7' }],
  ['no viewer', { method: 'acknowledge', offset: 7 }],
  ['a list', [whole]],
  ['nothing', null],
])('%s is no acknowledgement', (_what, message) => {
  expect(isAcknowledgement(message)).toBe(false)
})
