import { expect, it } from 'vitest'
import { shortenPath } from './shorten-path.ts'

it('keeps a short path whole', () => {
  expect(shortenPath('/home/ann')).toBe('/home/ann')
})

it('keeps the end of a long path, in whole names', () => {
  expect(shortenPath('/home/ann/work/sallyport/packages/client', 24)).toBe('…/packages/client')
})

it('keeps the last name even when it alone is too long', () => {
  expect(shortenPath('/srv/a-directory-with-a-very-long-name', 10)).toBe('…/a-directory-with-a-very-long-name')
})
